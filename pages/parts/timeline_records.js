// All records of a run, line by line, in their order. A row may stand for many records, which are missing or can't be
// read: the rows after it move up.
export class AllRecords {
  constructor(feed) {
    this.feed = feed;
  }

  get spans() {
    return this.feed.summary?.spans ?? [];
  }

  /** How many lines there are; null while nobody knows. */
  get lines() {
    return this.feed.ready ? this.lineOf(this.feed.upto) : null;
  }

  /** The number of the line, from 1, that shows a record. */
  lineOf(seq) {
    let line = seq;
    for (const [first, last] of this.spans) if (first < seq) line -= Math.min(seq, last) - first;
    return line;
  }

  /** The record that a line shows; of a line that stands for many, the first. */
  seqOf(line) {
    let seq = line;
    for (const [first, last] of this.spans) if (first < seq) seq += last - first;
    return seq;
  }

  /** {seq, row} of a line; row is undefined while it isn't here. */
  at(line) {
    const seq = this.seqOf(line);
    return { seq, row: this.feed.rows.get(seq) };
  }

  /** Fetch what is missing from one line to another. */
  need(first, last) {
    this.feed.need(this.seqOf(first), this.seqOf(last));
  }

  close() {}
}
