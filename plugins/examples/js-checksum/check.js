// Matches when the text of the body has the CRC-32 that a header promises, so
// that a file that is still being written is not taken for a finished one.

/** @param {number} code */
function* utf8(code) {
  if (code < 0x80) yield code;
  else if (code < 0x800) yield* [0xc0 | (code >> 6), 0x80 | (code & 63)];
  else if (code < 0x10000) yield* [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)];
  else yield* [0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)];
}

/** @param {string} text */
function crc32(text) {
  let crc = -1;
  for (const character of text) {
    for (const byte of utf8(character.codePointAt(0) ?? 0)) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
  }
  return ((crc ^ -1) >>> 0).toString(16).padStart(8, "0");
}

/** @type {import("httsleep").Callback<{header?: string}>} */
const check = (response, ctx) => {
  const name = ctx.config.header ?? "X-Checksum";
  const want = response.headers.get(name)?.toLowerCase();
  if (want === undefined) {
    ctx.reason(`no ${name} yet`);
    return false;
  }
  const got = crc32(response.text());
  if (got !== want) ctx.reason(`the checksum is ${got}, want ${want}`);
  return got === want;
};

export default check;
