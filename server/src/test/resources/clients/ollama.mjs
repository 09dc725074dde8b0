// Asks a server through Ollama's own client: node ollama.mjs URL PICTURE. Prints one JSON object.
import { Ollama } from 'ollama';

const [url, picture] = process.argv.slice(2);
const client = new Ollama({ host: url });
const messages = [{ role: 'user', content: 'What is in this picture?', images: [picture] }];

const whole = await client.chat({ model: 'captioner', messages });
let text = '', pieces = 0, last = null;
for await (const part of await client.chat({ model: 'captioner', messages, stream: true })) {
  text += part.message.content;
  pieces++;
  last = part;
}
const list = await client.list();
const refused = await client.chat({ model: 'other', messages }).catch(e => e.message);

console.log(JSON.stringify({
  whole: whole.message.content, text, pieces, reason: last.done_reason, tokens: last.eval_count,
  models: list.models.map(m => m.name), refused,
}));
