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
};

const app = await Application.bootstrapWithPlugins(options);
const project = await app.convert();
if (project) app.validate(project);
// counted here, because what typedoc would do with warnings it does in its own command line only
const problems = app.logger.warningCount + app.logger.validationWarningCount + app.logger.errorCount;
if (project && problems === 0) {
  await app.generateOutputs(project);
  process.stdout.write(`${entryPoints.length} subpaths written to ${target}\n`);
} else process.exitCode = 1;
