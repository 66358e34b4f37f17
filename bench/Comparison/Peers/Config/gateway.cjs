// The gateway that @fastify/http-proxy's README shows.
const server = require('fastify')();
server.register(require('@fastify/http-proxy'), { upstream: 'http://@UPSTREAM@', undici: { connections: 256 } });
server.listen({ host: '127.0.0.1', port: @PORT@ });
