import { readFile, writeFile } from 'node:fs/promises';
import { basename, join, parse, resolve } from 'node:path';
import { messageOf, TuttiError } from '@tutti/core';
import type { PlatformClient } from '../client/platform-client.ts';
import type { DocumentView, Report } from '../contract/document.ts';
import { platformError } from '../errors.ts';
import { finding } from './wording.ts';

/** What is said of one file. Offsets are UTF-16 code units into the extracted text. */
export interface FileResult {
  readonly file: string;
  readonly ok: boolean;
  readonly hasArbitration: boolean | null;
  readonly score: number | null;
  readonly spans: Report['spans'];
  readonly attributes: Report['attributes'];
  readonly rules: Report['rules'];
  readonly error?: string;
}

export interface AnalyzeOptions {
  readonly files: readonly string[];
  /** Relative names are looked up here. */
  readonly folder: string;
  readonly json: boolean;
  readonly textOut: string | undefined;
  /** Called with each result, in the order of the files. */
  readonly print: (text: string) => void;
}

const atOnce = 4;
const patienceMs = 300_000;

/** Sends every file through the gateway, a few at once, and prints what comes back. True when all of them were read. */
export async function analyzeFiles(client: PlatformClient, { files, folder, json, textOut, print }: AnalyzeOptions): Promise<boolean> {
  const textFiles = textFileNames(files);
  const results: Promise<{ result: FileResult; view?: DocumentView }>[] = [];
  const slots = Array.from({ length: atOnce }, () => Promise.resolve<unknown>(undefined));
  for (const [index, file] of files.entries()) {
    const turn = (slots[index % atOnce] as Promise<unknown>).then(() =>
      analyzeFile(
        client,
        file,
        resolve(folder, file),
        textOut === undefined ? undefined : join(resolve(folder, textOut), textFiles[index] as string),
      ),
    );
    slots[index % atOnce] = turn;
    results.push(turn);
  }
  let allRead = true;
  for (const pending of results) {
    const { result, view } = await pending;
    allRead &&= result.ok;
    print(json ? JSON.stringify(result) : finding(result.file, view ?? { failure: { code: 'FAILED', reason: result.error ?? '' } }));
  }
  return allRead;
}

async function analyzeFile(
  client: PlatformClient,
  file: string,
  path: string,
  textPath: string | undefined,
): Promise<{ result: FileResult; view?: DocumentView }> {
  try {
    const bytes = await readFile(path).catch((error: unknown) => {
      throw unreadable(file, error);
    });
    const view = await client.analyse(basename(file), bytes, { patienceMs });
    if (!view.report) return { view, result: failed(file, `${view.failure?.code}: ${view.failure?.reason}`) };
    if (textPath !== undefined) await writeFile(textPath, await client.text(view.documentId));
    const { hasArbitration, score, spans, attributes, rules } = view.report;
    return { view, result: { file, ok: true, hasArbitration, score, spans, attributes, rules } };
  } catch (error) {
    return { result: failed(file, words(error)) };
  }
}

const failed = (file: string, error: string): FileResult => ({
  file,
  ok: false,
  hasArbitration: null,
  score: null,
  spans: [],
  attributes: {},
  rules: [],
  error,
});

function words(error: unknown): string {
  if (TuttiError.is<string>(error, 'SERVICE_REFUSED')) return `${(error.details as { code: string }).code}: ${error.message}`;
  if (TuttiError.is(error)) return `${error.code}: ${error.message}`;
  return messageOf(error);
}

function unreadable(file: string, cause: unknown): Error {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const problems: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EISDIR: 'it is a folder; name the files in it',
    EACCES: 'permission denied',
  };
  return platformError('FILE_UNREADABLE', { file, problem: problems[code] ?? String(cause) }, { cause });
}

/** `contract.pdf` → `contract.txt`; the second of the same name gets a number. */
function textFileNames(files: readonly string[]): readonly string[] {
  const used = new Set<string>();
  return files.map((file) => {
    const { name } = parse(file);
    let candidate = `${name}.txt`;
    for (let number = 2; used.has(candidate); number++) candidate = `${name}-${number}.txt`;
    used.add(candidate);
    return candidate;
  });
}
