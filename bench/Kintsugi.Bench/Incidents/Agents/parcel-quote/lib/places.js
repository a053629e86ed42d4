// Zones of postcodes, and what is known of senders.
"use strict";

/** The zone of "DE-20095": the longest prefix of it that is listed. */
exports.zoneOf = (zones, to) => {
  // People write `de 20095` as well.
  const code = String(to ?? "").trim().toUpperCase().replace(" ", "-");
  const fitting = zones.filter((zone) => code.startsWith(zone.prefix));
  fitting.sort((a, b) => b.prefix.length - a.prefix.length);
  return fitting[0] ?? { prefix: "", zone: 5, area: "remote" };
};

/** What is known of a sender; nothing is known of strangers. */
exports.senderOf = (senders, number) => {
  const found = senders.find((sender) => sender.number === Number(number));
  if (!found) return { known: false };
  return { known: true, claims: found.claims, discount: found.discount ?? found.rebate ?? 0 };
};
