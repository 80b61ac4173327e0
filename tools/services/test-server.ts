/** A server of one test file, on a free loopback port, with a temporary folder of its own. It cannot outlive the test. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  signal(name: NodeJS.Signals): void;
  /** Ends it at once, with all of its children, as a failure of the power of the machine would, but for the disk's cache. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}
