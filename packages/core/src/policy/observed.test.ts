import { describe, expect, it } from 'vitest';
import { Call } from '../call/call.ts';
import { coreError } from '../errors/core-errors.ts';
import { compose } from '../handler/compose.ts';
import { jsonLogger } from '../runtime/logger.ts';
import { sleep } from '../runtime/sleep.ts';
import type { MetricLabels, SpanStart, Telemetry } from '../runtime/telemetry.ts';
import { checkLaws, layerLaws, type TestRuntime, testRuntime } from '../testing/index.ts';
import { logged } from './logged.ts';
import { metered } from './metered.ts';
import { traced } from './traced.ts';

interface Heard {
  readonly spans: { name: string; start: SpanStart; values: Record<string, unknown>; ended: number; error: unknown }[];
  readonly observed: { name: string; value: number; labels: MetricLabels | undefined }[];
}

function listening(): { telemetry: Telemetry; heard: Heard } {
  const heard: Heard = { spans: [], observed: [] };
  const telemetry: Telemetry = {
    tracer: {
      start(name, start) {
        const span = { name, start, values: {} as Record<string, unknown>, ended: 0, error: undefined as unknown };
        heard.spans.push(span);
        return {
          traceparent: `00-${'1'.repeat(32)}-${String(heard.spans.length).padStart(16, '2')}-01`,
          set(key, value) {
            span.values[key] = value;
          },
          run: (work) => work(),
          end(error) {
            span.ended++;
            span.error = error;
          },
        };
      },
    },
    metrics: {
      count: () => {},
      gauge: () => {},
      observe: (name, value, labels) => void heard.observed.push({ name, value, labels }),
    },
  };
  return { telemetry, heard };
}

const failing = coreError('INVALID_DATA', { path: 'a', problem: 'is wrong' });

async function settled(runtime: TestRuntime, work: Promise<unknown>): Promise<unknown> {
  const outcome = work.catch((error: unknown) => error);
  await runtime.clock.advance(1_000);
  return outcome;
}

describe('the traced layer', () => {
  checkLaws(it, layerLaws, () => ({ layer: traced({ operation: 'reading' }) }));

  it('makes nothing when nobody listens: the handler gets the call as it is', async () => {
    const call = Call.root({ runtime: testRuntime() });
    expect(await compose(async (_input: string, inner: Call) => inner, [traced({ operation: 'reading' })])('x', call)).toBe(call);
  });

  it('passes its span on as the parent of what is below, and ends it once, with the failure', async () => {
    const { telemetry, heard } = listening();
    const runtime = { ...testRuntime(), telemetry };
    const layers = [traced({ operation: 'outer', kind: 'server', attributes: () => ({ pages: 3 }) }), traced({ operation: 'inner' })];
    const call = Call.root({ runtime, tenant: 'acme' });
    await expect(compose(() => Promise.reject(failing), layers)(undefined, call)).rejects.toBe(failing);
    const [outer, inner] = heard.spans;
    expect(outer).toMatchObject({
      name: 'outer',
      start: { kind: 'server', traceparent: call.traceparent, attributes: { pages: 3 } },
      ended: 1,
    });
    expect(inner).toMatchObject({
      name: 'inner',
      start: { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(15)}1-01` },
      ended: 1,
      error: failing,
    });
    expect(outer?.values).toEqual({ 'tutti.tenant': 'acme' });
  });
});

describe('the metered layer', () => {
  checkLaws(it, layerLaws, () => ({ layer: metered({ operation: 'reading' }) }));

  it('measures each call by how it ended, in seconds', async () => {
    const { telemetry, heard } = listening();
    const runtime = { ...testRuntime(), telemetry };
    const read = compose(
      async (fails: boolean) => {
        await sleep(runtime.clock, 250);
        if (fails) throw failing;
      },
      [metered({ operation: 'reading' })],
    );
    await settled(runtime, read(false, Call.root({ runtime })));
    await settled(runtime, read(true, Call.root({ runtime })));
    expect(heard.observed).toEqual([
      { name: 'tutti_operation_duration_seconds', value: 0.25, labels: { operation: 'reading', outcome: 'ok' } },
      { name: 'tutti_operation_duration_seconds', value: 0.25, labels: { operation: 'reading', outcome: 'permanent' } },
    ]);
  });
});

describe('layers that observe', () => {
  it('see work that throws instead of rejecting', async () => {
    const { telemetry, heard } = listening();
    const runtime = { ...testRuntime(), telemetry };
    const layers = [traced({ operation: 'reading' }), metered({ operation: 'reading' })];
    const read = compose((): Promise<string> => {
      throw failing;
    }, layers);
    await expect(read(undefined, Call.root({ runtime }))).rejects.toBe(failing);
    expect([heard.spans[0]?.error, heard.observed[0]?.labels?.['outcome']]).toEqual([failing, 'permanent']);
  });
});

describe('the logged layer', () => {
  checkLaws(it, layerLaws, () => ({ layer: logged({ operation: 'reading' }) }));

  it('writes how long the work took and how it ended, without its input', async () => {
    const lines: string[] = [];
    const runtime = { ...testRuntime(), logger: jsonLogger('debug', (line) => lines.push(line)) };
    const read = compose(
      async (secret: string) => {
        await sleep(runtime.clock, 40);
        if (secret.startsWith('bad')) throw failing;
      },
      [logged({ operation: 'reading' })],
    );
    await settled(runtime, read('hunter2', Call.root({ runtime, correlationId: 'c-1', tenant: 'acme' })));
    await settled(runtime, read('bad hunter2', Call.root({ runtime, correlationId: 'c-2' })));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'debug', message: 'reading done', durationMs: 40, attempt: 1, correlationId: 'c-1', tenant: 'acme' },
      { level: 'warn', message: 'reading failed', failure: 'permanent', error: { code: 'INVALID_DATA' }, correlationId: 'c-2' },
    ]);
    expect(lines.join('')).not.toContain('hunter2');
  });
});
