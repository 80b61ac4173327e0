import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';
import { isProgram, manifestOf, packageFolders, type Subpath, subpathsOf } from '../pack/manifest.ts';

/** Where the public declarations of a subpath are kept: `api/core/sqlite.d.ts`. */
export function pathOf({ name, package: owner }: Subpath): string {
  const path = name.slice(owner.length + 1);
  return join('api', owner.replace('@tutti/', ''), `${path || 'index'}.d.ts`);
}

export interface Entry {
  readonly subpath: Subpath;
  /** Its declarations, as they were built. */
  readonly file: string;
}

/** The entries of all packages that can be imported. */
export function builtEntries(): readonly Entry[] {
  return packageFolders().flatMap((folder) =>
    subpathsOf(manifestOf(folder))
      .filter((subpath) => !isProgram(subpath))
      .map((subpath) => ({ subpath, file: resolve(folder, subpath.target.types) })),
  );
}

/** What each entry promises by its types: the text of its page, by path. */
export function publicDeclarations(entries: readonly Entry[]): ReadonlyMap<string, string> {
  const program = ts.createProgram({
    rootNames: entries.map(({ file }) => file),
    options: {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2024,
      types: ['node'],
      noEmit: true,
      skipLibCheck: true,
    },
  });
  const main = new Map(
    entries
      .filter(({ subpath }) => subpath.name === subpath.package)
      .map(({ subpath, file }) => [subpath.package, new Page(program, file)]),
  );
  return new Map(
    entries.map(({ subpath, file }) => {
      const known = subpath.name === subpath.package ? undefined : main.get(subpath.package)?.exported;
      return [pathOf(subpath), new Page(program, file, known && { from: subpath.package, exported: known }).text(subpath.name)];
    }),
  );
}

/** What the main entry of the package exports already, under which names. */
interface Known {
  readonly from: string;
  readonly exported: ReadonlyMap<ts.Symbol, string>;
}

/**
 * The declarations of one entry in the order of their names: those it exports, and those of its package that these need. Comments are left
 * out, because they are read in the sources; file names too, because they change with every build.
 */
class Page {
  readonly #checker: ts.TypeChecker;
  readonly #dist: string;
  /** What the entry exports, under names that may be others than in the built file. */
  readonly exported: ReadonlyMap<ts.Symbol, string>;
  readonly #known: Known | undefined;
  readonly #needed: Set<ts.Symbol> = new Set();
  readonly #imports: Map<string, Set<string>> = new Map();
  readonly #printer: ts.Printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

  constructor(program: ts.Program, file: string, known?: Known) {
    this.#checker = program.getTypeChecker();
    const entry = program.getSourceFile(file);
    if (!entry) throw new Error(`${relative('.', file)} is not there: \`npm run build\` makes it`);
    this.#known = known;
    this.#dist = `${file.slice(0, file.indexOf(`${sep}dist${sep}`))}${sep}dist${sep}`;
    const own = this.#checker.getSymbolAtLocation(entry);
    this.exported = new Map((own ? this.#checker.getExportsOfModule(own) : []).map((symbol) => [this.#origin(symbol), symbol.name]));
  }

  text(name: string): string {
    const exported = [...this.exported].toSorted(([, a], [, b]) => order(a, b)).map(([symbol, as]) => this.#print(symbol, as, 'export '));
    const needed: string[] = [];
    for (const symbol of this.#needed) if (!this.exported.has(symbol)) needed.push(this.#print(symbol, symbol.name, ''));
    const imports = [...this.#imports]
      .toSorted(([a], [b]) => order(a, b))
      .map(([from, names]) => `import { ${[...names].toSorted(order).join(', ')} } from '${from}';`);
    const parts = [
      `// ${name}`,
      imports.join('\n'),
      ...exported,
      ...(needed.length > 0 ? ['// not exported, but part of what is', ...needed.toSorted(order)] : []),
    ];
    return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
  }

  #origin(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #print(symbol: ts.Symbol, as: string, modifier: string): string {
    const declarations = symbol.declarations ?? [];
    return declarations
      .map((declaration) => {
        this.#visit(declaration);
        const statement = statementOf(declaration);
        const text = this.#printer.printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile());
        const renamed = as === symbol.name ? text : text.replace(new RegExp(`\\b${escaped(symbol.name)}\\b`), as);
        return `${modifier}${renamed.replace(/^export /, '')}`.replaceAll(/^( {4})+/gm, (indent) => ' '.repeat(indent.length / 2));
      })
      .join('\n');
  }

  /** Notes what a declaration refers to: of this package for this page, of others as an import. */
  #visit(node: ts.Node): void {
    if (ts.isIdentifier(node)) this.#refer(node);
    else if (ts.isImportTypeNode(node)) return;
    ts.forEachChild(node, (child) => this.#visit(child));
  }

  #refer(name: ts.Identifier): void {
    const symbol = this.#checker.getSymbolAtLocation(name);
    if (!symbol) return;
    const specifier = symbol.declarations?.find(ts.isImportSpecifier);
    const from = specifier && (specifier.parent.parent.parent as ts.ImportDeclaration).moduleSpecifier;
    if (from && ts.isStringLiteral(from) && !from.text.startsWith('.')) {
      this.#import(from.text, specifier.propertyName ? `${specifier.propertyName.text} as ${name.text}` : name.text);
      return;
    }
    const origin = this.#origin(symbol);
    const elsewhere = this.exported.has(origin) ? undefined : this.#known?.exported.get(origin);
    if (this.#known && elsewhere !== undefined) {
      this.#import(this.#known.from, elsewhere === name.text ? elsewhere : `${elsewhere} as ${name.text}`);
      return;
    }
    const at = origin.declarations?.[0];
    if (!at || !dirname(at.getSourceFile().fileName).concat(sep).startsWith(this.#dist) || !isTopLevel(at)) return;
    this.#needed.add(origin);
  }

  #import(from: string, name: string): void {
    this.#imports.set(from, (this.#imports.get(from) ?? new Set()).add(name));
  }
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const escaped = (text: string): string => text.replaceAll(/[$.*+?^{}()|[\]\\]/g, '\\$&');

/** `const` declarations are printed with their `declare const`. */
function statementOf(declaration: ts.Declaration): ts.Node {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
}

function isTopLevel(declaration: ts.Declaration): boolean {
  return ts.isSourceFile(statementOf(declaration).parent);
}
