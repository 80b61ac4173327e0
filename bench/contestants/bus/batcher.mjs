/** Collects calls of one event-loop turn and hands them over together. */
export function batcher(flush) {
  let q = [];
  return (item) =>
    new Promise((res, rej) => {
      q.push({ item, res, rej });
      if (q.length > 1) return;
      setImmediate(() => {
        const b = q;
        q = [];
        flush(b).catch((e) => b.forEach((x) => x.rej(e)));
      });
    });
}
