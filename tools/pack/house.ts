import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { manifestOf, type Subpath, subpathsOf } from './manifest.ts';

interface Packed {
  readonly name: string;
  readonly filename: string;
}

/** An empty folder into which the tarballs were laid out as an install would, with nothing they do not declare. */
export class House implements Disposable {
  readonly folder: string;
  readonly tarballs: readonly Packed[];
  readonly subpaths: readonly Subpath[];
  /** The programs that the packages bring, where npm would link them, by name. */
  readonly programs: Map<string, string> = new Map();

  /** Packs what lies in the `dist` folders. */
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'tutti-pack-'));
    this.tarballs = this.#pack();
    this.subpaths = this.tarballs.flatMap((packed) => this.#layOut(packed));
    writeFileSync(join(this.folder, 'package.json'), '{ "type": "module" }');
  }

  folderOf(name: string): string {
    return join(this.folder, 'node_modules', name);
  }

  /** The file that an import of the subpath loads. */
  fileOf(subpath: Subpath): string {
    return join(this.folderOf(subpath.package), subpath.target.default);
  }

  /** Brings what users of the adapters bring. */
  addPeers(): void {
    for (const { name } of this.tarballs) {
      const { peerDependencies = {} } = manifestOf(this.folderOf(name));
      for (const peer of Object.keys(peerDependencies)) {
        for (const part of [peer, `@types/${peer}`]) this.#bring(name, part);
      }
    }
  }

  add(name: string): void {
    link(join('node_modules', name), this.folderOf(name));
  }

  /** Runs a Node command line here, without the condition that leads to the sources. */
  must(what: string, command: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: this.folder, encoding: 'utf8', timeout: 120_000 });
    if (status !== 0) throw new Error(`${what}:\n${stdout}${stderr}`);
    return stdout;
  }

  /** Runs a program of a package as a user would. */
  mustRun(program: string, args: readonly string[]): void {
    const { status, stdout, stderr, error } = spawnSync(this.programs.get(program) ?? program, args, {
      cwd: this.folder,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${program} does not run:\n${error?.message ?? ''}${stdout}${stderr}`);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #pack(): readonly Packed[] {
    const { packageManager } = JSON.parse(readFileSync('package.json', 'utf8')) as { packageManager: string };
    const command = ['--yes', '--prefer-offline', packageManager, '-r', '--filter', './packages/*', '--loglevel=warn'];
    return JSON.parse(
      execFileSync('npx', [...command, 'pack', '--json', '--pack-destination', this.folder], { encoding: 'utf8' }),
    ) as Packed[];
  }

  /** Unpacks one package where npm would put it, with the third-party packages it declares and no others. */
  #layOut({ name, filename }: Packed): readonly Subpath[] {
    const target = this.folderOf(name);
    mkdirSync(target, { recursive: true });
    execFileSync('tar', ['-xzf', filename, '--strip-components=1', '-C', target]);
    const manifest = manifestOf(target);
    for (const dependency of Object.keys(manifest.dependencies ?? {})) if (!dependency.startsWith('@tutti/')) this.#bring(name, dependency);
    for (const [program, path] of Object.entries(manifest.bin ?? {})) {
      const linked = join(this.folder, 'node_modules/.bin', program);
      link(join(target, path), linked);
      this.programs.set(program, linked);
    }
    return subpathsOf(manifest);
  }

  #bring(name: string, dependency: string): void {
    const existing = join('packages', name.replace('@tutti/', ''), 'node_modules', dependency);
    if (existsSync(existing)) link(existing, join(this.folderOf(name), 'node_modules', dependency));
  }
}

function link(existing: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(realpathSync(existing), path);
}
