// SPDX-License-Identifier: GPL-2.0-or-later
//
// generate.js: writes the documents that tests/protocol/test-drafty-sdk.c replays, with what the
// official SDK makes of them. See README.md here.
//
//     node generate.js FOLDER-WITH-node_modules [SEED]
'use strict';

const fs = require('fs');
const path = require('path');
const zlib = require('zlib');

const home = path.resolve(process.argv[2] || '.');
const seed = Number(process.argv[3] || 20260102);
const sdk = path.join(home, 'node_modules', 'tinode-sdk');
const { Drafty } = require(sdk);
const version = require(path.join(sdk, 'package.json')).version;

const DOCUMENTS = 12000;
const PAGES = 8000;
const FIELD = '\x1f';
const RECORD = '\x1e\n';

// Chance ------------------------------------------------------------------------------------------

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

// Text --------------------------------------------------------------------------------------------

const pieces = [
  'a', 'b', 'Hi', 'word', ' ', ' ', ' ', 'see', '.', ', ', '123', '#', '*', '_', '~', '`', '@',
  '<b>', '&amp;', '&', '<', '>', '"', "'", '\\', '{', '}', '|', '\t',
  'ä', 'e\u0301', '\u0301', 'n\u0303\u0323', '\u200d', '\ufe0f', '1\ufe0f\u20e3',
  '👩🏽‍🔧', '👨‍👩‍👧‍👦', '❤️', '🙂', '👍🏿', '🏳️‍🌈', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '🏽', '☎', '©',
  '🇩🇪', '🇫🇷', '🇩', '한', '\u1112\u1161\u11ab', '\u1112', '\u1161', '하\u11ab', '글',
  'क्ष', 'ক্ত', 'नि', 'กำ', 'ה', 'مرحبا', '\u0600', '漢字', 'メカ', '𝒳', '\u00a0', '\u2014',
];
const breaks = ['\n', '\r\n', '\r', '\u2028', '\n\n'];

function text(most, lineEnds) {
  let out = '';
  for (let n = below(most + 1); n > 0; n--) {
    out += lineEnds.length && chance(0.06) ? pick(lineEnds) : pick(pieces);
  }
  return out;
}

const segmenter = new Intl.Segmenter();
const clusters = s => Array.from(segmenter.segment(s), part => part.segment);

// Documents ---------------------------------------------------------------------------------------

const urls = ['https://example.org/a', 'http://example.org/?a=1&b=2', 'HTTPS://EXAMPLE.ORG/x',
              'https://user@example.org:8443/ä'];
const noUrls = ['javascript:alert(1)', 'file:///etc/passwd', '/v0/file/s/x', '//example.org/',
                'ftp://example.org/', 'https://', '', 'https://exa mple.org', 7, null];
const names = ['cat.jpg', 'Report 2026.pdf', 'öffentlich.txt', undefined, ''];
const markup = ['ST', 'EM', 'DL', 'CO'];
const objects = ['BN', 'IM', 'AU', 'VD', 'EX', 'VC', 'TC'];
const known = markup.concat(['BR', 'LN', 'MN', 'HT', 'HL', 'HD', 'QQ', 'FM', 'RW'], objects);

function entity() {
  const tp = pick(known.concat(objects, ['LN', 'LN', 'MN', 'ZZ', 'st']));
  const data = {};
  switch (tp) {
    case 'LN':
      data.url = chance(0.8) ? pick(urls) : pick(noUrls);
      break;
    case 'MN':
    case 'HT':
      data.val = pick(['usrB', 'tag']);
      break;
    case 'BN':
      Object.assign(data, {name: pick(names), act: pick(['pub', 'url', 'note']), val: 'yes',
                           ref: chance(0.7) ? pick(urls) : pick(noUrls)});
      break;
    case 'IM':
    case 'AU':
    case 'VD':
    case 'EX':
      Object.assign(data, {mime: pick(['image/png', 'text/html', undefined]), name: pick(names)});
      if (chance(0.5)) {
        data.val = 'QUJD'.repeat(below(6));
      }
      if (chance(0.5)) {
        data.size = pick([0, 1, 12345, 4000000, -1, 'x']);
      }
      if (chance(0.6)) {
        data.ref = chance(0.6) ? pick(urls) : pick(noUrls);
      }
      if (tp == 'AU' || tp == 'VD') {
        data.duration = pick([undefined, 0, 900, 61000]);
      }
      if (tp == 'EX' && chance(0.1)) {
        Object.assign(data, {mime: 'text/x-drafty-fr', val: {seq: 3, resp: {yes: 1}}});
      }
      break;
    case 'VC':
      Object.assign(data, {state: pick([undefined, 'started', 'missed', 'finished']),
                           duration: pick([undefined, 62000]), incoming: true});
      break;
    case 'TC':
      data.fn = pick(['Bob', 'メカ', undefined]);
      break;
  }
  return chance(0.03) ? {tp} : chance(0.03) ? pick([null, 7, [], {}, {data}, {tp: 5}]) : {tp, data};
}

function span(n, nEntities) {
  const out = {};
  const at = below(n + 1);
  const len = below(Math.min(n - at, chance(0.5) ? 3 : 40) + 1);
  out.at = chance(0.05) ? pick([n + 1, 9999, -1, -1, 0.5, 'x', null, 1e300]) : at;
  out.len = chance(0.05) ? pick([n + 2, 9999, 0, -1, 1.5, 'x', null]) : len;
  if (out.at === 0 && chance(0.8)) {
    delete out.at;
  }
  if (out.len === 0 && chance(0.8)) {
    delete out.len;
  }
  if (nEntities > 0 && chance(0.55)) {
    out.key = chance(0.05) ? pick([-1, 99, 'x', 0.5, null]) : below(nEntities);
    if (out.key === 0 && chance(0.8)) {
      delete out.key;
    }
  } else if (chance(0.25)) {
    Object.assign(out, {tp: 'BR', len: chance(0.9) ? 1 : len});
  } else {
    out.tp = pick(known.concat(markup, markup, ['QQ', 'ZZ', '', 7]));
  }
  return out;
}

function randomDocument() {
  const txt = text(pick([3, 8, 20]), breaks);
  const n = clusters(txt).length;
  const doc = {txt};
  if (chance(0.02)) {
    delete doc.txt;
  }
  if (chance(0.7)) {
    doc.ent = Array.from({length: below(4)}, entity);
  }
  doc.fmt = Array.from({length: below(pick([3, 5, 12]))}, () =>
    chance(0.02) ? pick([null, 5, 'x', []]) : span(n, (doc.ent || []).length));
  if (chance(0.05)) {
    doc[pick(['fmt', 'ent'])] = pick([5, 'x', null, {}]);
  }
  return doc;
}

// What the SDK itself makes: the documents that official clients send.
function builtDocument() {
  const words = () => text(4, []).trim() || 'x';
  const said = () => Drafty.parse([text(6, ['\n']), `*${words()}*`, `_${words()}_ ~x~`,
    `*a _${words()}_ b* \`c\``, 'see https://example.org/a and @bob #tag'][below(5)]);
  switch (below(9)) {
    case 0:
      return said();
    case 1:
      return Drafty.append(Drafty.quote(words(), 'usrB', said()), said());
    case 2: {
      let form = Drafty.init(words());
      form = Drafty.appendLineBreak(form);
      form = Drafty.appendButton(form, words(), 'yes', 'pub', '1');
      form = Drafty.appendLineBreak(form);
      form = Drafty.appendButton(form, words(), 'no', 'url', '2', 'https://example.org/no');
      return Drafty.wrapAsForm(form, 0, clusters(form.txt).length);
    }
    case 3:
      return Drafty.append(Drafty.appendLineBreak(Drafty.insertImage(null, 0,
        {mime: 'image/png', bits: 'QUJD', width: 2, height: 2, filename: 'cat.jpg', size: 3})),
        said());
    case 4:
      return Drafty.attachFile(said(),
        {mime: 'text/plain', refurl: '/v0/file/s/x.txt', filename: 'x.txt', size: 123456});
    case 5:
      return Drafty.appendAudio(said(), {mime: 'audio/aac', refurl: 'https://example.org/v',
        duration: 12000, filename: 'v.m4a', size: 9000});
    case 6:
      return Drafty.insertVideo(null, 0, {mime: 'video/mp4', refurl: '/v0/file/s/y.mp4',
        duration: 61000, width: 2, height: 2, filename: 'y.mp4', size: 5000000});
    case 7:
      return Drafty.updateVideoCall(Drafty.videoCall(false),
        {state: pick(['started', 'finished', 'declined']), duration: 5000, incoming: true});
    default:
      return Drafty.append(Drafty.appendLineBreak(Drafty.mention('➦ ' + words(), 'usrB')),
        Drafty.appendTheCard(said(), {fn: 'Bob'}));
  }
}

// The rules that are ours ------------------------------------------------------------------------
// A document is brought into a form in which the SDK's rules and ours do not differ: README.md says
// where they do. Returns the form, or null where even that is not possible.

const isWhole = (x, low) => Number.isInteger(x) && x >= low && x <= 0x7fffffff;

function isSafe(url) {
  return typeof url == 'string' && /^https?:\/\/[^/]/i.test(url) && !/[\s"<>\\\p{Cc}]/u.test(url);
}

const whole = x => isWhole(x, 0) ? x : 0;

// What is told of an entity besides its text: name, size, milliseconds, address.
function facts(tp, data) {
  const link = url => isSafe(url) ? url : '';
  const name = typeof data.name == 'string' ? data.name : '';
  const size = Drafty.getEntitySize({size: whole(data.size),
                                     val: typeof data.val == 'string' ? data.val : ''});
  switch (tp) {
    case 'LN':
      return ['', 0, 0, link(data.url)];
    case 'BN':
      return [name, 0, 0, data.act == 'url' ? link(data.ref) : ''];
    case 'IM':
    case 'EX':
      return [name, size, 0, link(data.ref)];
    case 'AU':
    case 'VD':
      return [name, size, whole(data.duration), link(data.ref)];
    case 'VC':
      return [data.state || '', 0, whole(data.duration), ''];
    case 'TC':
      return [data.fn || '', 0, 0, ''];
    default:
      return ['', 0, 0, ''];
  }
}

function mendSpan(format, entities, n) {
  const at = format.at === undefined ? 0 : format.at;
  const len = format.len === undefined ? 0 : format.len;
  if (!isWhole(at, -0x7fffffff) || !isWhole(len, 0)) {
    return null;
  }
  let tp = typeof format.tp == 'string' ? format.tp : '';
  let data = {};
  if (tp == '') {
    const key = format.key === undefined ? 0 : format.key;
    const ent = isWhole(key, 0) ? entities[key] : null;
    if (!ent || typeof ent != 'object' || Array.isArray(ent)) {
      return null;
    }
    tp = ent.tp;
    data = ent.data || {};
  }
  if (!known.includes(tp) || (tp == 'LN' && !isSafe(data.url)) ||
      (tp == 'EX' && Drafty.isFormResponseType(data.mime))) {
    tp = 'ZZ';
  }
  const out = {tp, told: facts(tp, data), attached: at < 0};
  if (out.attached) {
    return objects.includes(tp) ? out : null;
  }
  out.at = Math.min(at, n);
  out.len = Math.min(tp == 'BR' ? Math.min(len, 1) : len, n - out.at);
  return out.len > 0 || objects.includes(tp) ? out : null;
}

function mend(doc) {
  const txt = typeof doc.txt == 'string' ? doc.txt : '';
  const n = clusters(txt).length;
  const entities = Array.isArray(doc.ent) ? doc.ent : [];
  let formats = Array.isArray(doc.fmt) ? doc.fmt : [];
  if (formats.length == 0 && entities.length > 0) {
    formats = [{}];
  }
  const spans = formats.map(f => f && typeof f == 'object' && !Array.isArray(f) ?
                                 mendSpan(f, entities, n) : null).filter(s => s);
  // An object without text inside another span: the SDK loses it.
  const isInside = s => spans.some(o => o !== s && !o.attached &&
                                        o.at <= s.at && s.at < o.at + o.len);
  if (spans.some(s => !s.attached && s.len == 0 && isInside(s))) {
    return null;
  }
  const out = {txt, fmt: [], ent: []};
  spans.forEach(s => {
    // Weight is given to quotes that are no entities.
    if (s.tp == 'QQ' && !s.attached) {
      out.fmt.push({at: s.at, len: s.len, tp: 'QQ'});
      return;
    }
    out.fmt.push(s.attached ? {at: -1, len: 0, key: out.ent.length}
                            : {at: s.at, len: s.len, key: out.ent.length});
    out.ent.push({tp: s.attached ? 'EX' : s.tp, data: {tp: s.tp, told: s.told, attached: s.attached}});
  });
  return out;
}

// Normal form -------------------------------------------------------------------------------------

const escape = s => s.replace(/[\\{}|]/g, '\\$&');

function formatter(type, data, values) {
  const inner = (values || []).map(v => typeof v == 'string' ? escape(v) : v.tree).join('');
  const tp = data && data.tp || type;
  if (!tp || tp == 'ZZ') {
    return {tree: inner};
  }
  const told = (data && data.told || ['', 0, 0, '']).map(x => escape(String(x))).join(',');
  const tree = '{' + tp + '=' + told + '|' + (tp == 'BR' ? '' : inner) + '}';
  if (data && data.attached) {
    this.attachments += tree;
    return {tree: ''};
  }
  return {tree};
}

function treeOf(doc) {
  const context = {attachments: ''};
  const root = Drafty.format(doc, formatter, context);
  return (root ? root.tree : '') + context.attachments;
}

function documents() {
  let out = '';
  for (let n = 0; n < DOCUMENTS;) {
    const doc = chance(0.25) ? builtDocument() : randomDocument();
    const json = JSON.stringify(doc);
    const mended = mend(JSON.parse(json));
    if (mended) {
      out += json + FIELD + treeOf(mended) + RECORD;
      n++;
    }
  }
  return out;
}

// HTML --------------------------------------------------------------------------------------------

const tags = [['a'], ['b', 'strong', 'B'], ['i', 'em', 'I'], ['s', 'strike', 'del'],
              ['tt', 'code', 'kbd']];
const levels = ['LN', 'ST', 'EM', 'DL', 'CO'];
const styles = [null, ['font-weight: bold', 'font-weight:700', 'color: red; font-weight: bold;'],
                ['font-style: italic', 'FONT-STYLE: oblique'],
                ['text-decoration: line-through', 'text-decoration: underline line-through'],
                ['font-family: monospace']];
const neutral = [['<u>', '</u>'], ['<font color="#ff0000">', '</font>'],
                 ["<span style='font-size: large'>", '</span>'], ['<font size="3">', '</font>'],
                 ["<span style='text-decoration: underline'>", '</span>'], ['<foo bar>', '</foo>']];

function escapeHtml(s) {
  let out = '';
  for (const c of s) {
    const n = c.codePointAt(0);
    if (c == '&') {
      out += pick(['&amp;', '&#38;', '&#x26;', '&AMP;']);
    } else if (c == '<') {
      out += pick(['&lt;', '&#60;']);
    } else if (c == '>') {
      out += pick(['&gt;', '>']);
    } else if (c == '"') {
      out += pick(['&quot;', '"']);
    } else if (c == "'") {
      out += pick(['&apos;', '&#39;', "'"]);
    } else {
      out += chance(0.02) ? pick([`&#${n};`, `&#x${n.toString(16)};`]) : c;
    }
  }
  return out;
}

const quoted = s => pick(['"', "'"]).replace(/./, q =>
  q + s.replace(/&/g, '&amp;').replace(/'/g, '&#39;').replace(/"/g, '&quot;') + q);

// Runs of text that look the same, and HTML that says so, closed in any order or not at all.
function page() {
  const runs = [], open = [];
  let html = '', links = 0;
  const now = [null, false, false, false, false];

  for (let n = 1 + below(6); n > 0; n--) {
    const order = [0, 1, 2, 3, 4].sort(() => random() - 0.5);
    for (const level of order) {
      if (!chance(level == 0 ? 0.25 : 0.35)) {
        continue;
      }
      if (now[level]) {
        html += `</${open[level]}>`;
        now[level] = null;
      } else {
        open[level] = pick(tags[level]);
        now[level] = level == 0 ? {url: pick(urls), id: ++links} : true;
        html += level == 0 ? `<a href=${quoted(now[0].url)}>` : `<${open[level]}>`;
      }
    }
    const marks = now.slice();
    let before = '', after = '';
    if (chance(0.2)) {
      const level = 1 + below(4);
      marks[level] = true;
      before = `<span style=${quoted(pick(styles[level]))}>`;
      after = '</span>';
    } else if (chance(0.2)) {
      [before, after] = pick(neutral);
    }
    // A link without words is told by its address: not here.
    const words = text(5, []) || (now[0] ? 'x' : '');
    html += before + escapeHtml(words) + after;
    runs.push({words, marks});
    if (chance(0.15)) {
      html += pick(['<br>', '<br/>', '<BR>', '\n', '\r\n', '<br />']);
      runs.push({words: '\n', marks: now.slice()});
    }
    if (now[0] && !words) {
      throw new Error('a link without words');
    }
  }
  // A link that was opened last has had its words; one that is closed at once has none.
  if (chance(0.7)) {
    [0, 1, 2, 3, 4].sort(() => random() - 0.5).forEach(level => {
      html += now[level] ? `</${open[level]}>` : '';
    });
  }
  return {html, runs: runs.filter(r => r.words)};
}

const same = (a, b) => (a && a.id || a) === (b && b.id || b) || (!a && !b);

// Whether a space between these two characters is a cluster of its own.
function alone(before, after) {
  const parts = clusters(before + ' ' + after);
  return before ? parts[0] === before && parts[1] === ' ' : parts[0] === ' ';
}

// The document that these runs should become.
function documentOf(runs) {
  const points = [];
  runs.forEach(r => Array.from(r.words).forEach(c => points.push({c, marks: r.marks})));
  for (let i = 0; i < points.length; i++) {
    if (points[i].c != '\n') {
      continue;
    }
    points[i].isBreak = true;
    const before = i > 0 ? points[i - 1].c : '', after = i + 1 < points.length ? points[i + 1].c : '';
    if (alone(before, after)) {
      points[i].c = ' ';
    }
  }
  const txt = points.map(p => p.c).join('');
  const units = [];
  let next = 0;
  for (const cluster of clusters(txt)) {
    units.push({cluster, marks: points[next].marks, isBreak: points[next].isBreak});
    next += Array.from(cluster).length;
  }
  const fmt = [], open = [];
  let was = [null, null, null, null, null];
  const change = (now, at) => {
    let level = 0;
    while (level < 5 && same(was[level], now[level])) {
      level++;
    }
    for (; level < 5; level++) {
      if (was[level]) {
        open[level].len = at - open[level].at;
      }
      if (now[level]) {
        fmt.push(open[level] = {at, len: 0, level, url: now[level].url});
      }
    }
    was = now;
  };
  units.forEach((unit, at) => {
    change(unit.marks, at);
    if (unit.isBreak) {
      fmt.push({at, len: 1, level: 5});
    }
  });
  change([null, null, null, null, null], units.length);
  fmt.sort((a, b) => a.at - b.at || b.len - a.len || a.level - b.level);
  const doc = {txt, fmt: [], ent: []};
  fmt.forEach(f => {
    // Zeros are left out, as the server does.
    const format = f.at == 0 ? {len: f.len} : {at: f.at, len: f.len};
    if (f.level == 0) {
      if (doc.ent.length > 0) {
        format.key = doc.ent.length;
      }
      doc.ent.push({tp: 'LN', data: {url: f.url}});
    } else {
      format.tp = f.level == 5 ? 'BR' : levels[f.level];
    }
    doc.fmt.push(format);
  });
  return {units, doc};
}

// Every cluster as the SDK shows it, with what is around it.
function shown(doc) {
  const out = [];
  const walk = (node, around) => {
    if (typeof node == 'string') {
      clusters(node).forEach(c => out.push(c + ' ' + around.join('')));
      return;
    }
    const inside = node.type ? around.concat(node.type == 'LN' ? node.data.url : node.type) : around;
    if (node.type == 'BR') {
      out.push('\n ' + around.join(''));
    } else {
      (node.values || []).forEach(v => walk(v, inside));
    }
  };
  const root = Drafty.format(doc, (type, data, values) => ({type, data, values}));
  if (root) {
    walk(root, []);
  }
  return out;
}

function pages() {
  let out = '';
  for (let n = 0; n < PAGES;) {
    const {html, runs} = page();
    const {units, doc} = documentOf(runs);
    const wanted = units.map(u => (u.isBreak ? '\n' : u.cluster) + ' ' +
      u.marks.map((m, level) => m ? (level == 0 ? m.url : levels[level]) : '').join(''));
    const seen = shown(doc);
    // Text that the SDK cuts anew at the borders of spans is the same text.
    if (seen.join('') !== wanted.join('') && JSON.stringify(seen) !== JSON.stringify(wanted)) {
      throw new Error(`${html}\n${JSON.stringify(wanted)}\n${JSON.stringify(seen)}`);
    }
    const content = doc.fmt.length == 0 ? doc.txt : doc.ent.length ? doc : {txt: doc.txt, fmt: doc.fmt};
    out += html + FIELD + JSON.stringify(content) + RECORD;
    n++;
  }
  return out;
}

// -------------------------------------------------------------------------------------------------

function write(name, content) {
  const file = path.join(__dirname, name);
  fs.writeFileSync(file, zlib.gzipSync(content, {level: 9}));
  console.log(`${name}: ${content.split(RECORD).length - 1} records, ` +
              `${fs.statSync(file).size} bytes`);
}

console.log(`tinode-sdk ${version}, Unicode ${process.versions.unicode}, seed ${seed}`);
write('documents.gz', documents());
write('pages.gz', pages());
