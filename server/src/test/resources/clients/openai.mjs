// Asks a server through OpenAI's own client: node openai.mjs URL PICTURE. Prints one JSON object.
import OpenAI from 'openai';
import { readFileSync } from 'node:fs';

const [url, picture] = process.argv.slice(2);
const client = new OpenAI({ baseURL: url + '/v1', apiKey: 'not-needed', maxRetries: 0 });
const messages = [{
  role: 'user',
  content: [
    { type: 'image_url', image_url: { url: 'data:image/png;base64,' + readFileSync(picture).toString('base64') } },
    { type: 'text', text: 'What is in this picture?' },
  ],
}];

const whole = await client.chat.completions.create({ model: 'captioner', messages });
const stream = await client.chat.completions.create({
  model: 'captioner', messages, stream: true, stream_options: { include_usage: true },
});
let text = '', pieces = 0, usage = null, reason = null;
for await (const chunk of stream) {
  const choice = chunk.choices[0];
  if (choice?.delta?.content) { text += choice.delta.content; pieces++; }
  reason = choice?.finish_reason ?? reason;
  usage = chunk.usage ?? usage;
}
const models = [];
for await (const model of client.models.list()) models.push(model.id);
const refused = await client.chat.completions
  .create({ model: 'other', messages })
  .catch(e => ({ kind: e.constructor.name, status: e.status, code: e.code, param: e.param }));

console.log(JSON.stringify({
  whole: whole.choices[0].message.content, wholeUsage: whole.usage.total_tokens,
  text, pieces, reason, streamUsage: usage.total_tokens, models, refused,
}));
