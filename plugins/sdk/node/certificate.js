"use strict";
// The certificate of a plugin, made for one process. Node can sign, but it has
// no function that makes a certificate (RFC 5280), so its DER is put together
// here.

const { generateKeyPairSync, randomBytes, sign } = require("node:crypto");

const der = (tag, ...parts) => {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const sequence = (...parts) => der(0x30, ...parts);
const octets = (content) => der(0x04, content);
const oid = (hex) => der(0x06, Buffer.from(hex, "hex"));
const time = (date) => der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, "")));

const ecdsaWithSHA256 = sequence(oid("2a8648ce3d040302"));
const localhost = sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from("localhost")))));
const extensions = der(0xa3, sequence(
  // subjectAltName: DNS localhost
  sequence(oid("551d11"), octets(sequence(der(0x82, Buffer.from("localhost"))))),
  // basicConstraints, critical: CA, as the host trusts nothing else than this one
  sequence(oid("551d13"), der(0x01, Buffer.from([0xff])), octets(sequence(der(0x01, Buffer.from([0xff]))))),
));

// newCertificate gives a key and a certificate as PEM, and the latter as DER.
function newCertificate() {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const serial = randomBytes(16);
  serial[0] = (serial[0] & 0x7f) | 0x40; // positive, and no leading zeros
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, serial),
    ecdsaWithSHA256,
    localhost,
    sequence(time(new Date(Date.now() - 3600e3)), time(new Date(Date.now() + 3650 * 86400e3))),
    localhost,
    publicKey.export({ type: "spki", format: "der" }),
    extensions,
  );
  const signature = sign("sha256", body, privateKey);
  const certificate = sequence(body, ecdsaWithSHA256, der(0x03, Buffer.from([0]), signature));
  return {
    key: Buffer.from(privateKey.export({ type: "pkcs8", format: "pem" })),
    pem: Buffer.from(`-----BEGIN CERTIFICATE-----\n${certificate.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`),
    der: certificate,
  };
}

module.exports = { newCertificate };
