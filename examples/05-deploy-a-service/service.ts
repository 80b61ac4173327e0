import { managedService } from '@tutti/deploy/service';

await managedService({
  name: 'voice-interface',
  listener: (_request, response) => response.end(`version ${process.env['TUTTI_VERSION']}`),
});
