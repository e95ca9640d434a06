// An echo on Node's `ws`, with permessage-deflate on; prints "ready PORT" when it listens.
'use strict';

const {WebSocketServer} = require(process.env.TIDEGATE_NODE_MODULES + '/ws');

const server = new WebSocketServer({
    host: '127.0.0.1', port: 0, perMessageDeflate: {threshold: 0}, maxPayload: 64 * 1024 * 1024,
    handleProtocols: (offered) => offered.has('trend.v1') ? 'trend.v1' : false,
});
server.on('listening', () => console.log('ready', server.address().port));
server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => {
        const text = isBinary ? '' : data.toString();
        if (text === 'extensions') {
            socket.send(socket.extensions);
        } else if (text.startsWith('close ')) {
            socket.close(Number(text.split(' ')[1]), 'as you wish');
        } else {
            socket.send(data, {binary: isBinary});
        }
    });
});
