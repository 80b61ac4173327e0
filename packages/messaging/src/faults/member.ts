// A process of a trial; started by `nothingLost`, and does nothing when it is merely imported.
import { consume } from './consume.ts';
import type { MakeMember } from './member-module.ts';
import { produce } from './produce.ts';
import type { MemberTask } from './task.ts';

const told = process.argv[2];
if (told?.startsWith('{"role"')) await run(JSON.parse(told) as MemberTask);

async function run(task: MemberTask): Promise<void> {
  const { default: make } = (await import(task.module)) as { default: MakeMember<unknown> };
  const parts = await make(task.config);
  await (task.role === 'producer' ? produce(task, parts) : consume(task, parts));
  await parts.dispose?.();
  process.exit(0);
}
