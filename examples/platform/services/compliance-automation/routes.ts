import { checkCompliance, detectArbitration } from '@tutti/arbitration';
import type { Call, ServiceCaller } from '@tutti/core';
import type { Compliance } from '../../contract/document.ts';
import { expectReply } from '../expect-reply.ts';
import type { ServiceInput, ServiceRoute } from '../http-service.ts';
import { tenantOf } from '../tenant-of.ts';
import type { CheckStore } from './check-store.ts';

/** Runs the compliance rules over a document, whose text it fetches from its owner by the mesh. */
export function complianceRoutes(store: CheckStore, caller: ServiceCaller): readonly ServiceRoute[] {
  async function check(documentId: string, call: Call): Promise<Compliance> {
    const path = `/internal/documents/${encodeURIComponent(documentId)}/text`;
    const reply = expectReply('reading the text', await caller({ serviceName: 'document-analysis', method: 'GET', path }, call));
    const text = reply.text();
    const { findings, note } = checkCompliance(text, detectArbitration(text));
    const result: Compliance = {
      rules: findings.map(({ ruleId, verdict, severity, message, source, evidence }) => ({
        id: ruleId,
        verdict,
        severity,
        message,
        source,
        evidence: [...evidence],
      })),
      note,
    };
    await store.save(tenantOf(call), documentId, new Date(call.runtime.clock.epoch()).toISOString(), result);
    return result;
  }

  const path = '/internal/checks/:id';
  const idOf = ({ params }: ServiceInput): string => params['id'] ?? '';
  return [
    { method: 'PUT', path, handler: async (input, call) => ({ status: 200, body: await check(idOf(input), call) }) },
    {
      method: 'DELETE',
      path,
      handler: async (input, call) => {
        await store.remove(tenantOf(call), idOf(input));
        return { status: 204 };
      },
    },
  ];
}
