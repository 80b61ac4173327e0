import type { JournalEntry, SagaRecord } from '@tutti/saga';
import type { Shape } from './random-saga.ts';
import type { Effect } from './world.ts';

/** What is wrong with how one saga ended, as the world, its journal and the bus have it. */
export function wrongOf(
  { groups, pivot }: Shape,
  record: SagaRecord,
  effects: readonly Effect[],
  heard: ReadonlySet<string>,
): readonly string[] {
  const wrong: string[] = [];
  const done = effects.filter(({ what }) => what === 'do').map(({ step }) => step);
  const undone = effects.filter(({ what }) => what === 'undo').map(({ step }) => step);
  const firstUndo = effects.findIndex(({ what }) => what === 'undo');
  const noted = (what: JournalEntry['what']): readonly string[] =>
    record.entries.filter((entry) => entry.what === what).map(({ step }) => step as string);
  if (firstUndo >= 0 && effects.slice(firstUndo).some(({ what }) => what === 'do')) wrong.push('a step was done after the first undo');
  if (record.status === 'completed') {
    if (undone.length > 0) wrong.push(`${undone} was undone although it is completed`);
    if (String(done.toSorted()) !== String(noted('done').toSorted())) wrong.push(`${done} was done, ${noted('done')} is noted`);
  } else if (record.status === 'compensated') {
    if (pivot !== undefined && done.includes(pivot)) wrong.push('it is compensated after its pivot');
    const left = done.filter((step) => !undone.includes(step));
    if (left.length > 0) wrong.push(`${left} was left behind`);
    const group = (step: string): number => groups.findIndex((each) => each.includes(step));
    // one whose undo failed for good was undone when somebody asked for it
    const inTurn = undone.filter((step) => !noted('undo-failed').includes(step));
    if (inTurn.some((step, index) => index > 0 && group(step) > group(inTurn[index - 1] as string)))
      wrong.push(`undone in the order ${inTurn}`);
    const begun = record.entries.findIndex(({ what }) => what === 'compensating');
    if (record.entries.slice(begun).some(({ what }) => what === 'intent' || what === 'done'))
      wrong.push('it went forward after it went back');
  } else wrong.push(`it is ${record.status}`);
  const asked = record.entries.findIndex(({ what, request }) => what === 'asked' && request?.verb === 'cancel');
  const [earlier, later] = [record.entries.slice(0, asked), record.entries.slice(asked + 1)];
  const mayGoOn = asked < 0 || earlier.some(({ what, step }) => what === 'intent' && step === pivot);
  if (!mayGoOn && later.some(({ what, attempt }) => what === 'intent' && attempt === 1))
    wrong.push('it went on after it was to be cancelled');
  if (record.entries.some(({ seq }, index) => seq !== index + 1)) wrong.push('its journal has gaps');
  const twice = noted('done').filter((step, index, all) => all.indexOf(step) !== index);
  if (twice.length > 0) wrong.push(`${twice} has two outcomes`);
  const published = record.entries.filter(({ what }) => what === 'done').map(({ step }) => `${record.id}/${step}/done/0`);
  const missing = published.filter((id) => !heard.has(id));
  if (missing.length > 0) wrong.push(`${missing} was never published`);
  const extra = [...heard].filter((id) => id.startsWith(`${record.id}/`) && !published.includes(id));
  if (extra.length > 0) wrong.push(`${extra} was published and is not noted`);
  return wrong;
}
