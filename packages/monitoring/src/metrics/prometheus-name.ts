/** A metric name as Prometheus takes it; what it does not take becomes `_` (`http.server.duration` is `http_server_duration`). */
export function prometheusName(name: string): string {
  const clean = name.replaceAll(/[^a-zA-Z0-9_:]/g, '_');
  return /^[a-zA-Z_:]/.test(clean) ? clean : `_${clean}`;
}

/** A label name as Prometheus takes it. Names with two leading underscores are its own, and `le` is the histogram's. */
export function prometheusLabel(name: string): string {
  const clean = name.replaceAll(/[^a-zA-Z0-9_]/g, '_').replace(/^__+/, '_');
  if (clean === 'le') return 'exported_le';
  return /^[a-zA-Z_]/.test(clean) ? clean : `_${clean}`;
}
