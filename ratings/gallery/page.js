"use strict";
const takes = [...document.querySelectorAll("article")];
const audioOf = (take) => take.querySelector("audio");
let current = 0;

function choose(index) {
  takes[current].classList.remove("current");
  current = Math.max(0, Math.min(takes.length - 1, index));
  takes[current].classList.add("current");
}
function playFrom(take, seconds) {
  const audio = audioOf(take);
  const seek = () => { audio.currentTime = seconds; };
  if (audio.readyState) seek(); else audio.addEventListener("loadedmetadata", seek, { once: true });
  audio.play();
}
function move(step) {
  const playing = !audioOf(takes[current]).paused;
  audioOf(takes[current]).pause();
  choose(current + step);
  takes[current].scrollIntoView({ block: "nearest" });
  if (playing) audioOf(takes[current]).play();
}
for (const [index, take] of takes.entries()) {
  const audio = audioOf(take), wave = take.querySelector(".wave"), heard = take.querySelector(".heard");
  const duration = Number(take.dataset.duration);
  audio.addEventListener("play", () => {
    choose(index);
    for (const other of takes) if (other !== take) audioOf(other).pause();
  });
  audio.addEventListener("timeupdate", () => heard.setAttribute("width", 1000 * audio.currentTime / duration));
  audio.addEventListener("ended", () => { if (index + 1 < takes.length) playFrom(takes[index + 1], 0); });
  wave.addEventListener("click", (event) => {
    const box = wave.getBoundingClientRect();
    playFrom(take, duration * (event.clientX - box.left) / box.width);
  });
  for (const button of take.querySelectorAll("button"))
    button.addEventListener("click", () => playFrom(take, Number(button.dataset.at)));
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("audio")) return;
  const audio = audioOf(takes[current]), onButton = event.target.closest("button");
  const acts = {
    j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
    ArrowRight: () => { audio.currentTime += 5; }, ArrowLeft: () => { audio.currentTime = Math.max(0, audio.currentTime - 5); },
    " ": onButton ? null : () => { audio.paused ? audio.play() : audio.pause(); },
  };
  if (acts[event.key]) {
    event.preventDefault();
    acts[event.key]();
  }
});
if (takes.length) choose(0);
