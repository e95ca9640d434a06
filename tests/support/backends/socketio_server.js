// A Socket.IO service that tells its name with every answer; prints "ready PORT" when it listens.
// usage: socketio_server.js NAME
'use strict';

const {createServer} = require('node:http');
const {Server} = require(process.env.TIDEGATE_NODE_MODULES + '/socket.io');

const name = process.argv[2];
const http = createServer();
const service = new Server(http);
service.on('connection', (socket) => {
    socket.on('say', (text, reply) => reply({name, text, transport: socket.conn.transport.name}));
});
http.listen(0, '127.0.0.1', () => console.log('ready', http.address().port));
