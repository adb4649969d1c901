// The page is asked for again every second, and shown where it has changed.
"use strict";

async function refresh() {
  try {
    if (!document.hidden) await show(await fetch(location.href));
  } catch {
    // The server is not there; it may be again in a second.
  }
  setTimeout(refresh, 1000);
}

async function show(response) {
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const [now, next] = [document.querySelector("main"), page.querySelector("main")];
  if (!response.ok || !next || now.innerHTML === next.innerHTML) return;
  const focused = document.activeElement?.id;
  const log = document.getElementById("log");
  // Who has scrolled up reads there, and stays.
  const reads = log && log.scrollTop + log.clientHeight < log.scrollHeight - 5;
  const place = reads ? log.scrollTop : Infinity;
  now.replaceWith(next);
  document.title = page.title;
  scrollLog(place);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function scrollLog(place) {
  const log = document.getElementById("log");
  if (log) log.scrollTop = Math.min(place, log.scrollHeight);
}

scrollLog(Infinity);
setTimeout(refresh, 1000);
