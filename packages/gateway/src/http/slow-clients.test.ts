import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SlowClients } from './slow-clients.ts';

class FakeBody {
  starved = true;
  received = 0;
  destroyed: unknown;

  destroy(error: unknown): void {
    this.destroyed = error;
  }
}

class FakeSocket {
  bytesWritten = 0;
  writableLength = 0;
  isDestroyed = false;

  destroy(): void {
    this.isDestroyed = true;
  }
}

function watched() {
  const world = testRuntime();
  const slow = new SlowClients({ minBytesPerSecond: 100, graceMs: 5_000, runtime: world });
  slow.start();
  onTestFinished(() => slow.stop());
  const one = { body: new FakeBody(), socket: new FakeSocket() };
  const forget = slow.watch(one as never);
  /** Lets seconds pass, in each of which something happens. */
  const seconds = async (count: number, each: () => void = () => {}): Promise<void> => {
    for (let second = 0; second < count; second++) {
      each();
      await world.clock.advance(1_000);
    }
  };
  return { ...one, forget, seconds };
}

describe('a client', () => {
  it('that sends its body too slowly is refused when its grace is over', async () => {
    const { body, seconds } = watched();
    await seconds(5, () => (body.received += 99));
    expect(body.destroyed).toBeUndefined();
    await seconds(2, () => (body.received += 99));
    expect(body.destroyed).toMatchObject({ code: 'GATEWAY_REQUEST_TOO_SLOW' });
  });

  it('that sends fast enough may take as long as it likes', async () => {
    const { body, seconds } = watched();
    await seconds(600, () => (body.received += 101));
    expect(body.destroyed).toBeUndefined();
  });

  it('is not to blame while the service does not take the body', async () => {
    const { body, seconds } = watched();
    await seconds(600, () => (body.starved = !body.starved));
    expect(body.destroyed).toBeUndefined();
  });

  it('that does not take its answer is left when what waits for it would have gone at the least rate', async () => {
    const { socket, seconds } = watched();
    socket.bytesWritten = socket.writableLength = 1_000;
    await seconds(14);
    expect(socket.isDestroyed).toBe(false);
    await seconds(3);
    expect(socket.isDestroyed).toBe(true);
  });

  it('that takes its answer at the least rate gets all of it, however long it is', async () => {
    const { socket, seconds } = watched();
    socket.writableLength = 1_000;
    await seconds(600, () => (socket.bytesWritten += 101));
    expect(socket.isDestroyed).toBe(false);
  });

  it('whose answer has nothing to say is not slow', async () => {
    const { socket, seconds } = watched();
    await seconds(600);
    expect(socket.isDestroyed).toBe(false);
  });

  it('is watched no longer than its request lasts', async () => {
    const { body, forget, seconds } = watched();
    forget();
    await seconds(60);
    expect(body.destroyed).toBeUndefined();
  });
});
