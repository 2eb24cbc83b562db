// An HTTP server that takes what is signed as GitHub signs, by GitHub's own check.
//
//     webhook.mjs MODULE SECRET
//
// MODULE is @octokit/webhooks-methods. Prints its port, then a line of JSON for each request: whether its
// signature is that of its body, and the body. What is not signed well is answered 401.

import { createServer } from "node:http";

const [module, secret] = process.argv.slice(2);
const { verify } = await import(module);

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString("utf8");
  const signature = request.headers["x-sortie-signature-256"];
  const verified = signature !== undefined && (await verify(secret, body, signature));
  process.stdout.write(JSON.stringify({ verified, body }) + "\n");
  response.writeHead(verified ? 204 : 401).end();
});
// It ends with whoever holds its standard input.
process.stdin.on("end", () => process.exit()).resume();
server.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
