"use strict";
const panel = JSON.parse(document.querySelector("main").dataset.panel);
const $ = (id) => document.getElementById(id);
const sounds = [...document.querySelectorAll("audio")];
const PLACE = "earmark-panel-" + panel.id;

/* What is kept, of each who answers here: in which order the questions come, and the answers so far. */
function hex(count) {
  return [...crypto.getRandomValues(new Uint8Array(count))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
function fresh() {
  const order = crypto.getRandomValues(new Uint32Array(1))[0] % panel.orders.length;
  return { run: hex(8), name: "", order, began: "", answers: [], ended: false };
}
function isState(kept) {
  return kept && /^[0-9a-f]{16}$/.test(kept.run) && typeof kept.name === "string" && panel.orders[kept.order] &&
    Array.isArray(kept.answers) && kept.answers.length <= panel.orders[kept.order].length &&
    kept.answers.every((one, at) => Array.isArray(one) && one[0] === at);
}
let keeps = true;
let runs = {};
function load() {
  try {
    localStorage.setItem(PLACE + "-try", "1");
    localStorage.removeItem(PLACE + "-try");
    const kept = JSON.parse(localStorage.getItem(PLACE)) || {};
    runs = Object.fromEntries(Object.entries(kept.runs || {}).filter(([, run]) => isState(run)));
    return runs["=" + kept.last] || fresh();
  } catch {
    keeps = false;
    return fresh();
  }
}
function save() {
  runs["=" + state.name] = state;
  try { localStorage.setItem(PLACE, JSON.stringify({ last: state.name, runs })); } catch { keeps = false; }
}
let state = load();
const questions = () => panel.orders[state.order];

/* HMAC-SHA-256 (RFC 2104, FIPS 180-4): crypto.subtle isn't there on pages from every kind of address. */
function sha256(bytes) {
  const primes = [], word = (x) => Math.floor((x % 1) * 2 ** 32) | 0;
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const k = primes.map((p) => word(Math.cbrt(p))), h = primes.slice(0, 8).map((p) => word(Math.sqrt(p)));
  const length = bytes.length, padded = new Uint8Array((length + 72) & ~63), view = new DataView(padded.buffer);
  padded.set(bytes);
  padded[length] = 128;
  view.setUint32(padded.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(padded.length - 4, length << 3);
  const turn = (x, n) => (x >>> n) | (x << (32 - n)), w = new Int32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15], b = w[i - 2];
      w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    }
    let [a, b, c, d, e, f, g, last] = h;
    for (let i = 0; i < 64; i++) {
      const one = (last + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [last, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, last].forEach((value, i) => { h[i] = (h[i] + value) | 0; });
  }
  const out = new DataView(new ArrayBuffer(32));
  h.forEach((value, i) => out.setInt32(4 * i, value));
  return new Uint8Array(out.buffer);
}
function sign(words) {
  const key = new Uint8Array(64);
  panel.key.match(/../g).forEach((pair, i) => { key[i] = parseInt(pair, 16); });
  const join = (one, other) => { const all = new Uint8Array(one.length + other.length); all.set(one); all.set(other, one.length); return all; };
  const inner = sha256(join(key.map((byte) => byte ^ 54), new TextEncoder().encode(words)));
  return [...sha256(join(key.map((byte) => byte ^ 92), inner))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
function token() {
  const said = JSON.stringify({
    panel: panel.id, run: state.run, name: state.name, order: state.order, began: state.began, answers: state.answers,
  });
  let bytes = "";
  for (const byte of new TextEncoder().encode(said)) bytes += String.fromCharCode(byte);
  const words = btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const whole = "EARMARK-PANEL-1." + words + "." + sign(words);
  return whole.match(/.{1,76}/g).join("\n") + "\n";
}

/* Playing: one or two sounds, from one place; what is heard of each is counted. */
let on = null, takes = [], heard = {}, spent = 0, lastAt = 0, asked = -1;
function clock(seconds) {
  return Math.floor(seconds / 60) + ":" + String(Math.floor(seconds % 60)).padStart(2, "0");
}
function leastOf(take) {
  const length = sounds[take].duration;
  return Math.min(panel.least, Number.isFinite(length) ? Math.max(length - 0.3, 0) : panel.least);
}
function pause() { for (const sound of sounds) if (!sound.paused) sound.pause(); }
function play() {
  if (on === null) return;
  lastAt = sounds[on].currentTime;
  sounds[on].play().catch(() => {});
}
function turnOn(take, at) {
  if (on !== null) sounds[on].pause();
  on = take;
  const sound = sounds[take], seek = () => { sound.currentTime = Math.min(at, Math.max((sound.duration || 0) - 0.05, 0)); };
  if (sound.readyState) seek(); else sound.addEventListener("loadedmetadata", seek, { once: true });
  lastAt = at;
  show();
}
function flip() {
  if (takes.length < 2) return;
  const playing = !sounds[on].paused, at = sounds[on].ended ? 0 : sounds[on].currentTime;
  turnOn(takes[0] === on ? takes[1] : takes[0], at);
  if (playing) play();
}
for (const [index, sound] of sounds.entries()) {
  sound.addEventListener("timeupdate", () => {
    if (index !== on) return;
    const step = sound.currentTime - lastAt;
    lastAt = sound.currentTime;
    if (step > 0 && step < 1.5 && !sound.seeking) {
      heard[index] = (heard[index] || 0) + step;
      spent += step;
    }
    show();
  });
  sound.addEventListener("seeked", () => { if (index === on) { lastAt = sound.currentTime; show(); } });
  sound.addEventListener("ended", () => {
    if (index === on && !$("ask").hidden && (heard[index] || 0) < leastOf(index)) { sound.currentTime = 0; play(); }
  });
  for (const kind of ["play", "pause", "ended", "loadedmetadata"]) sound.addEventListener(kind, show);
}

/* The three pages. */
function open(page) {
  for (const one of ["start", "ask", "end"]) $(one).hidden = one !== page;
  window.scrollTo(0, 0);
}
function ask() {
  if (state.answers.length >= questions().length) return end();
  state.ended = false;
  const [a, b, first] = questions()[state.answers.length];
  pause();
  takes = b === null ? [a] : [a, b];
  heard = {};
  spent = 0;
  asked = state.answers.length;
  open("ask");
  $("question").textContent = b === null
    ? "Imagine it played live, by an orchestra or a small band. Would you call it good?"
    : "Imagine both played live. Which one is better?";
  $("sides").hidden = $("duel").hidden = b === null;
  $("stars").hidden = b !== null;
  document.activeElement?.blur();
  on = null;
  turnOn(b !== null && first === "b" ? b : a, 0);
  play();
}
function ready() { return takes.every((take) => (heard[take] || 0) >= leastOf(take)); }
function show() {
  if (on === null || $("ask").hidden) return;
  const sound = sounds[on], of = questions().length, done = state.answers.length;
  $("where").textContent = "Question " + (done + 1) + " of " + of;
  $("progress").value = done / of;
  $("play").textContent = sound.paused || sound.ended ? "▶" : "❚❚";
  $("clock").textContent = clock(sound.currentTime) + (Number.isFinite(sound.duration) ? " / " + clock(sound.duration) : "");
  if (Number.isFinite(sound.duration)) $("seek").value = Math.round(1000 * sound.currentTime / sound.duration);
  const isReady = ready(), left = takes.map((take) => Math.max(0, Math.ceil(leastOf(take) - (heard[take] || 0))));
  for (const button of document.querySelectorAll(".answers button")) button.disabled = !isReady;
  for (const button of document.querySelectorAll(".side")) {
    const take = takes[button.dataset.side === "a" ? 0 : 1];
    button.classList.toggle("on", take === on);
    button.setAttribute("aria-pressed", String(take === on));
    button.querySelector("span").textContent = take === on ? (sound.paused ? "here" : "playing") : (heard[take] ? "heard" : "not heard yet");
  }
  $("wait").textContent = isReady ? "" : takes.length === 1
    ? "Listen for " + left[0] + " s more, then answer."
    : "Listen to both first: A for " + left[0] + " s more, B for " + left[1] + " s more.";
  $("back").disabled = !done;
  $("finish").disabled = !done;
}
function answer(value) {
  if ($("ask").hidden || asked !== state.answers.length || !ready()) return;
  if ((takes.length === 1) !== /^[1-5]$/.test(value)) return;
  const total = takes.reduce((sum, take) => sum + (heard[take] || 0), 0);
  const since = Math.max(0, (Date.now() - Date.parse(state.began)) / 1000);
  const round = (seconds) => Math.round(seconds * 100) / 100;
  state.answers.push([state.answers.length, value, round(total), round(spent), round(since)]);
  save();
  ask();
}
function back() {
  if (!state.answers.length) return;
  state.answers.pop();
  save();
  ask();
}
let address = "";
function end() {
  pause();
  state.ended = true;
  save();
  open("end");
  const of = questions().length, done = state.answers.length;
  $("count").textContent = "You answered " + done + " of " + of + " questions.";
  $("more").hidden = done >= of;
  $("answers").value = token();
  if (address) URL.revokeObjectURL(address);
  address = URL.createObjectURL(new Blob([$("answers").value], { type: "text/plain" }));
  $("download").href = address;
  $("download").download = "answers-" + (state.name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "panel") + ".txt";
  $("copied").textContent = "";
}
document.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = $("name").value.trim();
  if (!name) return;
  state = runs["=" + name] || fresh();
  state.name = name;
  state.began = state.began || new Date().toISOString();
  save();
  if (state.answers.length >= questions().length) end(); else ask();
});
$("play").addEventListener("click", () => { sounds[on].paused || sounds[on].ended ? play() : sounds[on].pause(); });
$("seek").addEventListener("input", () => {
  if (Number.isFinite(sounds[on].duration)) sounds[on].currentTime = sounds[on].duration * $("seek").value / 1000;
});
for (const button of document.querySelectorAll("[data-answer]")) button.addEventListener("click", () => answer(button.dataset.answer));
for (const button of document.querySelectorAll(".side")) button.addEventListener("click", () => {
  const take = takes[button.dataset.side === "a" ? 0 : 1];
  if (take === on) { sounds[on].paused ? play() : sounds[on].pause(); return; }
  const at = sounds[on].ended ? 0 : sounds[on].currentTime;
  turnOn(take, at);
  play();
});
for (const id of ["back", "last"]) $(id).addEventListener("click", back);
$("finish").addEventListener("click", end);
$("more").addEventListener("click", ask);
$("copy").addEventListener("click", () => {
  $("answers").select();
  const copied = () => { $("copied").textContent = "Copied."; };
  if (navigator.clipboard) navigator.clipboard.writeText($("answers").value).then(copied, () => { if (document.execCommand("copy")) copied(); });
  else if (document.execCommand("copy")) copied();
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("ask").hidden || event.repeat) return;
  const sound = sounds[on], onButton = event.target.closest("button");
  const acts = {
    ArrowRight: () => { sound.currentTime = Math.min(sound.currentTime + 5, sound.duration || 0); },
    ArrowLeft: () => { sound.currentTime = Math.max(0, sound.currentTime - 5); },
    Tab: takes.length > 1 && !event.shiftKey ? flip : null,
    Backspace: back,
    " ": onButton ? null : () => { sound.paused || sound.ended ? play() : sound.pause(); },
  };
  const act = acts[event.key] || (/^[1-5abto]$/.test(event.key) ? () => answer(event.key) : null);
  if (act) { event.preventDefault(); act(); }
});
if (state.name) {
  $("name").value = state.name;
  $("begin").textContent = state.answers.length >= questions().length ? "Show my answers" : "Go on";
}
$("unkept").hidden = keeps;
