export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

/** How a part is, and why when it is not healthy. */
export interface Health {
  readonly status: HealthStatus;
  /** In words, for everything but `healthy`. */
  readonly reason?: string;
  /** The health of what it consists of, by name. */
  readonly parts?: Readonly<Record<string, Health>>;
}

const ranks: Readonly<Record<HealthStatus, number>> = { healthy: 0, degraded: 1, unhealthy: 2 };

/** As bad as the worst part, whose reason it gives. */
export function worst(parts: Readonly<Record<string, Health>>): Health {
  let status: HealthStatus = 'healthy';
  let reason: string | undefined;
  for (const [name, part] of Object.entries(parts)) {
    if (ranks[part.status] <= ranks[status]) continue;
    status = part.status;
    reason = `${name}: ${part.reason ?? part.status}`;
  }
  return { status, parts, ...(reason !== undefined && { reason }) };
}
