// Keeps a page up to date: reads it again every second and puts in what has changed. Without it, reload the page.
"use strict";

(() => {
  const EVERY = 1000;
  const MANY = 3;
  const live = document.querySelector("[data-live-switch]");
  const news = document.querySelector("[data-news]");
  const regions = [...document.querySelectorAll("[data-live]")];
  const written = new Map(regions.map((region) => [region, region.innerHTML]));
  let pressed = false;

  // The notice is shown once: a reload is not to ask for it again.
  const here = new URL(location.href);
  here.searchParams.delete("notice");
  history.replaceState(null, "", here);

  /** Whether somebody is about to use what stands in the region: then it stays as it is. */
  const inUse = (region) =>
    pressed || region.contains(document.activeElement) || (!getSelection().isCollapsed && getSelection().containsNode(region, true));

  /** New rows go to the top; the others are left alone, so that focus and reading position stay. */
  const addRows = (region, fresh) => {
    const rows = [...fresh.children];
    const known = rows.findIndex((row) => document.getElementById(row.id));
    const added = known < 0 ? rows : rows.slice(0, known);
    if (known < 0) region.replaceChildren();
    for (const row of added) row.classList.add("new");
    const first = region.firstElementChild;
    for (const row of added) region.insertBefore(document.importNode(row, true), first);
    for (const row of [...region.children].slice(rows.length)) if (!row.contains(document.activeElement)) row.remove();
    region.closest("table").classList.toggle("none", !region.children.length);
    if (added.length > MANY) news.textContent = `${added.length} new entries`;
    else if (added.length) news.textContent = added.map((row) => row.dataset.say).reverse().join(". ");
  };

  const look = async () => {
    const answer = await fetch(here, { cache: "no-store" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const region of regions) {
      const now = fresh.getElementById(region.id);
      if (!now || now.innerHTML === written.get(region)) continue;
      if (region.dataset.live === "rows") addRows(region, now);
      else if (inUse(region)) continue;
      else region.innerHTML = now.innerHTML;
      written.set(region, now.innerHTML);
    }
  };

  const isOn = () => live.getAttribute("aria-pressed") === "true";
  const turn = async () => {
    // A simulator that has been stopped is asked again: it may come back.
    if (isOn() && !document.hidden) await look().catch(() => {});
    setTimeout(turn, EVERY);
  };

  addEventListener("pointerdown", () => { pressed = true; });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(() => { pressed = false; }));
  live.addEventListener("click", () => live.setAttribute("aria-pressed", String(!isOn())));
  live.hidden = false;
  setTimeout(turn, EVERY);

  document.querySelector(".menu [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  // Of scenarios, only those of the chosen operation.
  for (const chooser of document.querySelectorAll("[data-narrows]")) {
    const choices = document.getElementById(chooser.dataset.narrows);
    const narrow = () => {
      for (const group of choices.querySelectorAll("[data-for]")) group.hidden = group.disabled = group.dataset.for !== chooser.value;
      if (choices.selectedOptions[0]?.parentElement.disabled) choices.selectedIndex = 0;
    };
    chooser.addEventListener("change", narrow);
    narrow();
  }
})();
