// `npm run docs`: reference pages for every package from its docstrings, into a folder that is not committed. It fails on anything
// typedoc warns of: without that an exported function may speak of a type that nobody can import, and links lead nowhere.
import { resolve } from 'node:path';
import { Application, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { isProgram, manifestOf, packageFolders, subpathsOf } from './pack/manifest.ts';

const target = '.tutti/reference';

const entryPoints = packageFolders().flatMap((folder) =>
  subpathsOf(manifestOf(folder))
    .filter((subpath) => !isProgram(subpath))
    .map((subpath) => resolve(folder, subpath.target['@tutti/source'])),
);
const options: TypeDocOptions & Partial<PluginOptions> = {
  name: 'Tutti',
  entryPoints,
  tsconfig: 'tsconfig.json',
  plugin: ['typedoc-plugin-markdown'],
  out: target,
  readme: 'none',
  excludePrivate: true,
  excludeExternals: true,
  disableSources: true,
  validation: { notExported: true, invalidLink: true, rewrittenLink: true, notDocumented: false, unusedMergeModuleWith: true },
  treatWarningsAsErrors: true,
};

const app = await Application.bootstrapWithPlugins(options);
const project = await app.convert();
if (project) {
  app.validate(project);
  if (!app.logger.hasWarnings() && !app.logger.hasErrors()) {
    await app.generateOutputs(project);
    process.stdout.write(`${entryPoints.length} subpaths written to ${target}\n`);
  }
}
process.exitCode = project && !app.logger.hasWarnings() && !app.logger.hasErrors() ? 0 : 1;
