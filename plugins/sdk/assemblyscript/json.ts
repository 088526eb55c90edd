const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;

/** A JSON value that the host gave, as its text, which is known to be valid. */
export class Json {
  constructor(public text: string) {}

  get isNull(): bool {
    return this.text == "null";
  }

  get isString(): bool {
    return this.text.charCodeAt(0) == QUOTE;
  }

  get isNumber(): bool {
    const c = this.text.charCodeAt(0);
    return c == 0x2d || (c >= 0x30 && c <= 0x39);
  }

  /** The value true; every other one is false. */
  get isTrue(): bool {
    return this.text == "true";
  }

  /** A string; anything else throws. */
  string(): string {
    if (!this.isString) throw new Error(this.text + " is no string");
    return unescape(this.text);
  }

  /** A number; anything else throws. */
  number(): f64 {
    if (!this.isNumber) throw new Error(this.text + " is no number");
    return parseFloat(this.text);
  }

  /** The member of an object; null when there is none. Of several the last one counts. */
  get(name: string): Json | null {
    let found: Json | null = null;
    if (this.text.charCodeAt(0) != 0x7b) return null;
    const inside = new Values(this.text);
    for (let key = inside.next(); key != null; key = inside.next()) {
      const value = inside.next();
      if (key.string() == name) found = value;
    }
    return found;
  }

  /** The elements of an array; none for anything else. */
  elements(): Json[] {
    const all: Json[] = [];
    if (this.text.charCodeAt(0) != 0x5b) return all;
    const inside = new Values(this.text);
    for (let value = inside.next(); value != null; value = inside.next()) all.push(value);
    return all;
  }

  /** The member as a number, or what is given when it is missing. */
  numberOr(name: string, otherwise: f64): f64 {
    const member = this.get(name);
    return member == null ? otherwise : member.number();
  }

  /** The member as a string, or what is given when it is missing. */
  stringOr(name: string, otherwise: string): string {
    const member = this.get(name);
    return member == null ? otherwise : member.string();
  }
}

/** A text as a JSON string. */
export function quote(text: string): string {
  let quoted = '"';
  let begin = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= 0x20 && c != QUOTE && c != BACKSLASH) continue;
    quoted += text.substring(begin, i);
    quoted += c < 0x20 ? "\\u" + c.toString(16).padStart(4, "0") : "\\" + text.charAt(i);
    begin = i + 1;
  }
  return quoted + text.substring(begin) + '"';
}

/** The values inside of an array or object, one after the other. */
class Values {
  private at: i32 = 1;
  constructor(private text: string) {}

  next(): Json | null {
    while (this.at < this.text.length && separates(this.text.charCodeAt(this.at))) this.at++;
    const begin = this.at;
    this.at = endOf(this.text, begin);
    return this.at > begin ? new Json(this.text.substring(begin, this.at)) : null;
  }
}

/** Whether a character stands between values: a blank, a comma or a colon. */
function separates(c: i32): bool {
  return c == 0x20 || c == 0x09 || c == 0x0a || c == 0x0d || c == 0x2c || c == 0x3a;
}

/** Where the value that begins at i ends; i itself where there is none. */
function endOf(text: string, i: i32): i32 {
  let depth = 0;
  let quoted = false;
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c == BACKSLASH) i++;
      quoted = c != QUOTE;
    } else if (c == QUOTE) {
      quoted = true;
    } else if (c == 0x5b || c == 0x7b) {
      depth++;
    } else if (c == 0x5d || c == 0x7d) {
      if (depth == 0) return i;
      depth--;
    } else {
      if (depth == 0 && separates(c)) return i;
      continue;
    }
    if (depth == 0 && !quoted) return i + 1;
  }
  return i;
}

/** What a JSON string holds. */
function unescape(text: string): string {
  const last = text.length - 1;
  let content = "";
  let begin = 1;
  for (let i = 1; i < last; i++) {
    if (text.charCodeAt(i) != BACKSLASH) continue;
    content += text.substring(begin, i) + character(text, ++i);
    if (text.charCodeAt(i) == 0x75) i += 4;
    begin = i + 1;
  }
  return content + text.substring(begin, last);
}

/** The character of the escape sequence whose letter stands at i. */
function character(text: string, i: i32): string {
  switch (text.charCodeAt(i)) {
    case 0x62:
      return "\b";
    case 0x66:
      return "\f";
    case 0x6e:
      return "\n";
    case 0x72:
      return "\r";
    case 0x74:
      return "\t";
    case 0x75:
      return String.fromCharCode(<i32>parseInt(text.substring(i + 1, i + 5), 16));
  }
  return text.charAt(i);
}
