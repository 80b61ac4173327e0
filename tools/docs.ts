// `npm run docs`: reference pages for every package from its docstrings, into a folder that is not committed. It fails on anything
// typedoc warns of: without that an exported function may speak of a type that nobody can import, and links lead nowhere.
import { join, resolve } from 'node:path';
import { Application, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { isProgram, manifestOf, packageFolders, subpathsOf } from './pack/manifest.ts';

const target = '.tutti/reference';

/** Types that are a detail of the exported type that names them, or whose shape says all; what else is not exported is a mistake. */
const unexported: Readonly<Record<string, readonly string[]>> = {
  '@tutti/core': ['unitsMs', 'Prefixes', 'Matches', 'Incoming', 'IncomingHeaders'],
  '@tutti/deploy': ['FakeLife'],
  '@tutti/saga': ['Node', 'OutputOf', 'With', 'InputOf', 'Fresh'],
  '@tutti/gateway': ['asymmetric', 'symmetric', 'routeMethods'],
};

/** One package at a time: of several at once typedoc believes that each other's unexported types are none of its business. */
async function describe(folder: string): Promise<boolean> {
  const manifest = manifestOf(folder);
  const options: TypeDocOptions & Partial<PluginOptions> = {
    name: manifest.name,
    entryPoints: subpathsOf(manifest)
      .filter((subpath) => !isProgram(subpath))
      .map((subpath) => resolve(folder, subpath.target['@tutti/source'])),
    tsconfig: 'tsconfig.json',
    plugin: ['typedoc-plugin-markdown'],
    out: join(target, manifest.name.replace('@tutti/', '')),
    intentionallyNotExported: [...(unexported[manifest.name] ?? [])],
    readme: 'none',
    excludePrivate: true,
    excludeExternals: true,
    disableSources: true,
    logLevel: 'Warn',
    validation: { notExported: true, invalidLink: true, rewrittenLink: true, notDocumented: false, unusedMergeModuleWith: true },
  };
  const app = await Application.bootstrapWithPlugins(options);
  const project = await app.convert();
  if (project) app.validate(project);
  // counted here, because what typedoc would do with warnings it does in its own command line only
  const problems = app.logger.warningCount + app.logger.validationWarningCount + app.logger.errorCount;
  if (!project || problems > 0) return false;
  await app.generateOutputs(project);
  return true;
}

const wanted = process.argv.slice(2);
const folders = packageFolders().filter((folder) => wanted.length === 0 || wanted.includes(manifestOf(folder).name));
let failed = 0;
for (const folder of folders) if (!(await describe(folder))) failed++;
if (failed === 0) process.stdout.write(`the pages of ${folders.length} packages are in ${target}\n`);
else process.exitCode = 1;
