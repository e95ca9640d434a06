// The echo box: sends what is typed, shows what comes back, and which backend it was.
import { Connection } from './connection.js';

const MOST_ENTRIES = 50;
const byId = (id) => document.getElementById(id);
let received = 0;

function show(text, kind) {
  const entry = document.createElement('li');
  entry.className = kind;
  entry.textContent = text;
  byId('echoes').append(entry);
  while (byId('echoes').children.length > MOST_ENTRIES) byId('echoes').firstChild.remove();
  byId('echoes').scrollTop = byId('echoes').scrollHeight;
}

function onMessage(text) {
  const greeting = /^This is (.+)$/.exec(text);
  if (greeting) {
    byId('backend').textContent = greeting[1];
    byId('backend').hidden = false;
    show(`connected to ${greeting[1]}`, 'note');
    return;
  }
  document.body.dataset.echoes = ++received;
  show(text, 'theirs');
}

const connection = new Connection({ path: () => '/echo?announce=1', onMessage, state: byId('state') });

byId('say').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = byId('message').value;
  if (!text || !connection.open) return;
  show(text, 'ours');
  connection.send(text);
  byId('message').value = '';
});
byId('again').addEventListener('click', () => connection.restart());
