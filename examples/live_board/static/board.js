// Shows what the stream brings. Whatever a payload holds becomes text, never markup.
"use strict";

const SHOWN = 50, DRAWN = 60, WIDTH = 600, HEIGHT = 120, AGAIN = 5000;
const at = (id) => document.getElementById(id);
const counts = new Map(), values = [];
let last = 0;

function connect() {
  const stream = new EventSource(last ? `events?after=${last}` : "events");
  stream.onopen = () => say("live", "live");
  stream.onmessage = (message) => {
    const receipt = Number(message.lastEventId);
    if (receipt <= last) return;
    last = receipt;
    show(JSON.parse(message.data));
  };
  stream.onerror = () => {
    say("waiting", "reconnecting…");
    // The browser tries again by itself, but not after an answer such as 503.
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN);
  };
}

function say(state, text) {
  at("status").dataset.state = state;
  at("status").textContent = text;
}

function show(event) {
  counts.set(event.source, (counts.get(event.source) || 0) + 1);
  at("counts").replaceChildren(...Array.from(counts, ([source, count]) =>
    made("div", made("dt", source), made("dd", String(count)))));
  const time = made("time");
  time.dateTime = new Date(event.at * 1000).toISOString();
  time.title = new Date(event.at * 1000).toLocaleString();
  at("events").prepend(
    made("li", time, made("strong", `${event.source}: ${event.type}`), made("pre", event.text)));
  while (at("events").children.length > SHOWN) at("events").lastElementChild.remove();
  if (event.value !== undefined) draw(event.value);
  tellTimes();
}

function made(name, ...children) {
  const element = document.createElement(name);
  element.append(...children);
  return element;
}

function draw(value) {
  values.push(value);
  if (values.length > DRAWN) values.shift();
  const low = Math.min(...values), span = Math.max(...values) - low || 1;
  const points = values.map((each, place) =>
    `${(place * WIDTH / (DRAWN - 1)).toFixed(1)},${(HEIGHT - 6 - (each - low) / span * (HEIGHT - 12)).toFixed(1)}`);
  at("line").setAttribute("points", points.join(" "));
  at("value").textContent = String(value);
}

function tellTimes() {
  for (const time of document.querySelectorAll("time")) {
    const seconds = Math.max(0, (Date.now() - Date.parse(time.dateTime)) / 1000);
    time.textContent = seconds < 10 ? "now"
      : seconds < 90 ? `${Math.round(seconds)} s ago`
      : seconds < 5400 ? `${Math.round(seconds / 60)} min ago`
      : `${Math.round(seconds / 3600)} h ago`;
  }
}

setInterval(tellTimes, 5000);
connect();
