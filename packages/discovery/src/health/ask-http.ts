import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import type { Handler } from '@tutti/core';
import { discoveryError } from '../errors.ts';

/** A health page is short; of a longer one the status is enough. */
const enoughBytes = 65_536;

/** Asks a URL with GET. Only 2xx is well: a redirect is another place's answer. A connection of its own each time, so that one that cannot be made is noticed. */
export function askHttp(url: string): Handler<void, void> {
  const send = url.startsWith('https:') ? secure : plain;
  const failed = (problem: string, cause?: unknown): unknown =>
    discoveryError('DISCOVERY_PROBE_FAILED', { target: url, problem }, { cause });
  return (_input, call) =>
    new Promise((resolve, reject) => {
      const request = send(
        url,
        { agent: false, signal: call.signal, headers: { connection: 'close', 'user-agent': 'tutti-health-check' } },
        (response) => {
          const status = response.statusCode ?? 0;
          let bytes = 0;
          const answered = (): void => (status >= 200 && status < 300 ? resolve() : reject(failed(`answered ${status}`)));
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
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
