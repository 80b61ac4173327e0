// A registry that holds the same endpoints for ever, so that nothing but the mesh is measured.
export function fixedEndpoints(serviceName, ports, weightOf = () => 1) {
  const endpoints = ports.map((port, index) => ({
    serviceName,
    instanceId: `i-${String(index).padStart(5, '0')}`,
    incarnation: '1',
    host: '127.0.0.1',
    port,
    weight: weightOf(index),
    tags: [],
    metadata: {},
    state: 'ready',
  }));
  const never = async () => {
    throw new Error('nobody registers here');
  };
  return {
    endpoints,
    watchEndpoints(_serviceName, listener) {
      listener({ kind: 'snapshot', revision: 1, endpoints });
      return () => {};
    },
    register: never,
    drain: never,
    deregister: never,
  };
}
