// A field above the table that keeps the rows with its words, and headings that sort.
document.addEventListener("DOMContentLoaded", () => {
  const table = document.querySelector("article table, main table");
  if (!table || !table.tBodies.length) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];

  const field = document.createElement("input");
  field.type = "search";
  field.placeholder = "Filter: words that a row must have";
  field.setAttribute("aria-label", field.placeholder);
  field.style.cssText = "width: 100%; margin-bottom: 1em; padding: 0.4em";
  table.before(field);
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });

  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    let direction = 1;
    heading.style.cursor = "pointer";
    heading.title = "Sort";
    heading.addEventListener("click", () => {
      const key = (row) => row.cells[column].textContent.trim();
      const order = (a, b) => key(a).localeCompare(key(b), "en", { numeric: true });
      body.append(...rows.sort((a, b) => direction * order(a, b)));
      direction = -direction;
    });
  });
});
