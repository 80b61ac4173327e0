import type { Health } from '@tutti/core';
import type { PolicyFollower } from './policy/policy-follower.ts';
import type { ServiceDirectory } from './service/service-directory.ts';
import type { MeshTraffic } from './traffic/mesh-traffic.ts';

interface Judged {
  readonly traffic: MeshTraffic | undefined;
  readonly follower: PolicyFollower | undefined;
  readonly directory: ServiceDirectory;
}

/** The first thing that is wrong, what concerns all services before what concerns one: plans, the policy, services without endpoints. */
export async function meshHealth({ traffic, follower, directory }: Judged): Promise<Health> {
  const plans = await traffic?.health();
  if (plans && plans.status !== 'healthy') return plans;
  const refused = follower?.state.refused;
  if (refused) return { status: 'degraded', reason: `policy ${refused.revision} is refused: ${refused.problem}` };
  const empty = directory.views.filter((view) => view.endpoints.known && !view.hasEndpoint);
  if (empty.length === 0) return { status: 'healthy' };
  return { status: 'degraded', reason: `no endpoint can take a request for ${empty.map((view) => view.serviceName).join(', ')}` };
}
