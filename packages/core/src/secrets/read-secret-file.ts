import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { coreError } from '../errors/core-errors.ts';
import type { TuttiError } from '../errors/tutti-error.ts';
import { Secret } from '../ports/secret.ts';

/** A file to be read, and what it may be. */
export interface SecretFile {
  readonly source: string;
  /** Of the secret, for errors. */
  readonly secret: string;
  readonly folder: string;
  readonly path: string;
  readonly maxBytes: number;
  /** Bits of the mode that must not be set. */
  readonly forbiddenMode: number;
}

/**
 * Reads a file whole, from one opening of it, so that a swap in between cannot mix two versions. Undefined when there is none.
 * One line break at its end is not part of the secret: editors and `echo` put it there.
 */
export async function readSecretFile(file: SecretFile): Promise<Secret | undefined> {
  const refuse = (problem: string, cause?: unknown): TuttiError =>
    coreError('SECRET_REFUSED', { source: file.source, secret: file.secret, problem }, { cause });
  const folder = await realpath(file.folder).catch((cause: unknown) => {
    throw unreadable(file, `the folder cannot be read (${codeOf(cause)})`, cause);
  });
  let handle: FileHandle;
  try {
    const real = await realpath(file.path);
    const inside = relative(folder, real);
    if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`)) throw refuse('it is a link that leads out of the folder');
    handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'EACCES' || code === 'EPERM') throw refuse('this user may not read the file', error);
    if (code === 'ELOOP') throw refuse('its links lead nowhere', error);
    throw code === 'SECRET_REFUSED' ? error : unreadable(file, `the file cannot be opened (${code})`, error);
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw refuse('it is no regular file');
    const found = stats.mode & file.forbiddenMode;
    if (found !== 0) throw refuse(`the mode of the file is ${octal(stats.mode & 0o777)}; take ${octal(found)} away`);
    return Secret.of(withoutLastBreak(decode(await readUpTo(handle, file.maxBytes, refuse), refuse)));
  } catch (error) {
    const code = codeOf(error);
    throw code === 'SECRET_REFUSED' ? error : unreadable(file, `the file cannot be read (${code})`, error);
  } finally {
    await handle.close();
  }
}

async function readUpTo(handle: FileHandle, maxBytes: number, refuse: (problem: string) => TuttiError): Promise<Buffer> {
  const bytes = Buffer.alloc(maxBytes + 1);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
    if (bytesRead === 0) return bytes.subarray(0, length);
    length += bytesRead;
  }
  throw refuse(`it is larger than ${maxBytes} bytes`);
}

function decode(bytes: Buffer, refuse: (problem: string) => TuttiError): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse('it is no UTF-8 text; store binary secrets as base64'); // without the cause, which may quote the bytes
  }
}

function withoutLastBreak(text: string): string {
  return text.endsWith('\r\n') ? text.slice(0, -2) : text.endsWith('\n') ? text.slice(0, -1) : text;
}

function unreadable(file: SecretFile, problem: string, cause: unknown): TuttiError {
  return coreError('SECRET_UNAVAILABLE', { source: file.source, secret: file.secret, problem }, { cause });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

function octal(mode: number): string {
  return `0${mode.toString(8).padStart(3, '0')}`;
}
