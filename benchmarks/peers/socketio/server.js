// Socket.IO with its Redis adapter, set up as fast as its documentation knows how:
// WebSocket only, no compression, no connection state recovery, one room.
"use strict";
const { createServer } = require("node:http");
const { Server } = require("socket.io");
const { createAdapter } = require("@socket.io/redis-adapter");
const Redis = require("ioredis");

const [port, valkey] = process.argv.slice(2);
const publisher = new Redis(valkey);
const subscriber = publisher.duplicate();
const server = createServer();
const io = new Server(server, {
  transports: ["websocket"],
  perMessageDeflate: false,
  httpCompression: false,
  serveClient: false,
  adapter: createAdapter(publisher, subscriber),
});
io.on("connection", (socket) => socket.join("screens"));
server.listen(Number(port), "127.0.0.1", 2048, () => console.log("listening"));
