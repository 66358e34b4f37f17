const http = require('node:http');
const [host, port] = '@UPSTREAM@'.split(':');
const agent = new http.Agent({ keepAlive: true });
const get = (path) => new Promise((resolve, reject) => {
  http.get({ host, port, path, agent }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (piece) => { text += piece; });
    response.on('end', () => resolve(JSON.parse(text)));
  }).on('error', reject);
});
const aggregate = async (request, response) => {
  const user = await get('/getUserById/' + request.url.split('/')[2]);
  const events = await Promise.all(user.events.map((id) => get('/getEventById/' + id)));
  const body = JSON.stringify(events);
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
};
http.createServer((request, response) => {
  aggregate(request, response).catch(() => { response.writeHead(502); response.end(); });
}).listen(@PORT@, '127.0.0.1');
