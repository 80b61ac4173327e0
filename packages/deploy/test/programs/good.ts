import { managedService } from '@tutti/deploy/service';

await managedService({
  name: 'good',
  listener: (request, response) => {
    if (request.url === '/slow') setTimeout(() => response.end('slow'), 300);
    else response.end(process.env['TUTTI_VERSION']);
  },
});
