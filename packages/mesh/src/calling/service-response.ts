import { coreError, type ServiceResponse } from '@tutti/core';

const utf8 = new TextDecoder();

export function serviceResponse(status: number, headers: ServiceResponse['headers'], body: Uint8Array): ServiceResponse {
  const text = (): string => utf8.decode(body);
  return Object.freeze({
    status,
    headers,
    body,
    text,
    json(): unknown {
      try {
        return JSON.parse(text());
      } catch (cause) {
        throw coreError('INVALID_DATA', { path: 'response.body', problem: 'is no JSON' }, { cause });
      }
    },
  });
}
