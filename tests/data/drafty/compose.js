// SPDX-License-Identifier: GPL-2.0-or-later
//
// compose.js: writes what the official SDK makes of replies, forwarded messages and answers to
// forms, for tests/protocol/test-compose-sdk.c. See README.md here.
//
//     node compose.js FOLDER-WITH-node_modules [SEED]
'use strict';

const fs = require('fs');
const path = require('path');
const zlib = require('zlib');

const home = path.resolve(process.argv[2] || '.');
const seed = Number(process.argv[3] || 20260102);
const { Drafty } = require(path.join(home, 'node_modules', 'tinode-sdk'));

const EACH = 1100;
const QUOTED = 64; // clusters, as the official web client cuts
const FIELD = '\x1f';
const RECORD = '\x1e\n';

let state = seed >>> 0;

function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const below = n => Math.floor(random() * n);
const chance = p => random() < p;
const pick = list => list[below(list.length)];

const segmenter = new Intl.Segmenter();
const clusters = s => Array.from(segmenter.segment(s), part => part.segment);

// None of them joins with what stands before it.
const pieces = ['a', 'Hi', 'word', ' ', 'see', '.', '<b>', '&amp;', '"', 'ä', 'e\u0301', '👩🏽‍🔧',
                '👨‍👩‍👧‍👦', '❤️', '👍🏿', '🇩🇪', '한', 'क्ष', 'กำ', 'مرحبا', '漢字', '\u00a0'];
const words = most => {
  let out = pick(['A', 'b', '한', '🙂']);
  for (let n = below(most); n > 0; n--) {
    out += pick(pieces);
  }
  return out;
};
const lengthOf = s => clusters(s).length;

// Text in lines, perhaps styled, as Drafty; a bare string where there is nothing to mark.
function original(isStyled) {
  const doc = {txt: '', fmt: [], ent: []};
  for (let n = 1 + below(4); n > 0; n--) {
    const part = words(pick([3, 12, 40])) + '.', at = lengthOf(doc.txt), len = lengthOf(part);
    doc.txt += part;
    if (isStyled && chance(0.4)) {
      doc.fmt.push({at, len, tp: pick(['ST', 'EM', 'DL', 'CO'])});
    } else if (isStyled && chance(0.2)) {
      doc.fmt.push({at, len, key: doc.ent.length});
      doc.ent.push({tp: 'LN', data: {url: 'https://example.org/' + below(100)}});
    }
    if (n > 1) {
      doc.fmt.push({at: lengthOf(doc.txt), len: 1, tp: 'BR'});
      doc.txt += ' ';
    }
  }
  if (doc.ent.length == 0) {
    delete doc.ent;
  }
  if (doc.fmt.length == 0) {
    return doc.txt;
  }
  return doc;
}
const copy = x => JSON.parse(JSON.stringify(x));
const names = ['Bob', 'Bob Smith', 'メカ', '👩🏽‍🔧 Carol'];

function reply() {
  const name = pick(names), user = 'usrBob', text = words(10);
  let said = original(false);
  if (chance(0.3)) { // an answer itself: what it quotes is not quoted again
    said = Drafty.append(Drafty.quote(pick(names), 'usrCarol', {txt: words(8)}), said);
  }
  const asked = {said: copy(said), name, user, text};
  const cut = Drafty.replyContent(typeof said == 'string' ? Drafty.init(said) : said, QUOTED);
  const made = Drafty.append(Drafty.sanitizeEntities(Drafty.quote(name, user, cut)), {txt: text});
  return [asked, made];
}

function forward() {
  const name = pick(names), user = 'usrBob', said = original(true);
  const asked = {said: copy(said), name, user};
  const made = Drafty.append(
    Drafty.appendLineBreak(Drafty.mention('➦ ' + name, user)),
    Drafty.forwardedContent(typeof said == 'string' ? Drafty.init(said) : said));
  return [asked, made];
}

// The SDK counts the characters before a button, not the clusters: nothing but ASCII here.
function form() {
  let doc = Drafty.init(pick(['Coming?', 'What now', 'x']));
  const choices = [];
  for (let n = 1 + below(6); n > 0; n--) {
    const title = 'Choice ' + n, act = pick(['pub', 'url']), name = pick(['yes', 'no', 'x y']);
    const value = pick([undefined, 'v', 'ä"']), url = 'https://example.org/?' + n;
    doc = Drafty.appendButton(Drafty.appendLineBreak(doc), title, name, act, value,
                              act == 'url' ? url : undefined);
    choices.push({title, name, act, value: value === undefined ? null : value,
                  url: act == 'url' ? url : null});
  }
  doc = Drafty.wrapAsForm(doc, 0, doc.txt.length);
  return [{form: copy(doc)}, choices];
}

function answer() {
  const title = words(4), name = pick(['yes', 'x y', 'ä"']), value = pick([undefined, 'v', '5']);
  const seq = 1 + below(1000);
  // As the web client does: no value means 1.
  const made = Drafty.attachJSON({txt: title}, {seq, resp: {[name]: value === undefined ? 1 : value}});
  return [{title, name, value: value === undefined ? null : value, seq}, made];
}

const kinds = {reply, forward, form, answer};
let out = '';
for (const kind in kinds) {
  for (let n = 0; n < EACH; n++) {
    const [asked, made] = kinds[kind]();
    out += JSON.stringify({kind, ...asked}) + FIELD + JSON.stringify(made) + RECORD;
  }
}
fs.writeFileSync(path.join(__dirname, 'composed.gz'), zlib.gzipSync(out, {level: 9}));
