// A table as text: comma-separated for files, tab-separated for pasting into a spreadsheet.
const plain = (cell) => (cell === null || cell === undefined ? "" : typeof cell === "object" ? JSON.stringify(cell) : String(cell));

// What a spreadsheet would take for a formula is put behind an apostrophe, as in run_csv.py; numbers stay numbers.
const text = (cell) => (typeof cell === "string" && /^[=+\-@\t\r]/.test(cell) && Number.isNaN(Number(cell)) ? `'${cell}` : plain(cell));

const quoted = (cell) => (/[",\r\n]/.test(text(cell)) ? `"${text(cell).replaceAll('"', '""')}"` : text(cell));

/** Names and rows by RFC 4180. */
export function toCsv({ columns, rows }) {
  return [columns, ...rows].map((row) => row.map(quoted).join(",")).join("\r\n") + "\r\n";
}

/** Names and rows with tabs between; tabs and line breaks within a cell become spaces. */
export function toTabs({ columns, rows }) {
  return [columns, ...rows].map((row) => row.map((cell) => text(cell).replaceAll(/[\t\r\n]+/g, " ")).join("\t")).join("\n");
}
