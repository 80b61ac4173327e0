import { type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import type { Handler } from '@tutti/core';
import { discoveryError } from '../errors.ts';
import { identityProblem } from './identity.ts';

/** A health page is short; of a longer one the status is enough. */
const enoughBytes = 65_536;

/**
 * Asks a URL with GET. Only 2xx is well: a redirect is another place's answer. With an `identity`, the answer must name it. A connection of its
 * own each time, so that one that cannot be made is noticed.
 */
export function askHttp(url: string, identity?: string): Handler<void, void> {
  const send = url.startsWith('https:') ? secure : plain;
  const failed = (problem: string, cause?: unknown): unknown =>
    discoveryError('DISCOVERY_PROBE_FAILED', { target: url, problem }, { cause });
  return (_input, call) =>
    new Promise((resolve, reject) => {
      const request = send(
        url,
        { agent: false, signal: call.signal, headers: { connection: 'close', 'user-agent': 'tutti-health-check' } },
        (response) => {
          const body: Buffer[] = [];
          let bytes = 0;
          const answered = (): void => {
            const problem = problemOf(response, Buffer.concat(body), identity);
            if (problem === undefined) resolve();
            else reject(failed(problem));
          };
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (identity !== undefined && bytes <= enoughBytes) body.push(chunk);
            if (bytes <= enoughBytes) return;
            answered();
            request.destroy();
          });
          response.on('end', answered);
          response.on('error', (error) => reject(failed(`broke off its answer: ${error.message}`, error)));
        },
      );
      request.on('error', (error) => reject(call.cancelled ? call.reason : failed(`could not be asked: ${error.message}`, error)));
      request.end();
    });
}

function problemOf({ statusCode = 0, headers }: IncomingMessage, body: Buffer, identity: string | undefined): string | undefined {
  if (statusCode < 200 || statusCode >= 300) return `answered ${statusCode}`;
  return identity === undefined ? undefined : identityProblem(headers, body, identity);
}
