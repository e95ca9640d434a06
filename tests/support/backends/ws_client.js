// Runs one WebSocket conversation with Node's `ws` and prints what happened as JSON.
// usage: ws_client.js URL SUBPROTOCOL MESSAGE...   (the last word of the conversation is the other side's)
'use strict';

const WebSocket = require(process.env.TIDEGATE_NODE_MODULES + '/ws');

const [url, protocol, ...messages] = process.argv.slice(2);
const socket = new WebSocket(url, protocol ? [protocol] : [], {perMessageDeflate: {threshold: 0}});
const report = {answers: [], pongs: 0};

socket.on('open', () => {
    report.protocol = socket.protocol;
    report.extensions = socket.extensions;
    socket.ping('are you there');
    for (const message of messages) socket.send(message);
});
socket.on('pong', (data) => { report.pongs += data.toString() === 'are you there' ? 1 : 0; });
socket.on('message', (data) => {
    report.answers.push(data.toString());
    if (report.answers.length === messages.length) socket.close(4001, 'done');
});
socket.on('unexpected-response', (request, response) => {
    report.refused = response.statusCode;
    request.destroy();
});
socket.on('error', (error) => { report.error = error.message; });
socket.on('close', (code) => {
    report.code = code;
    console.log(JSON.stringify(report));
});
