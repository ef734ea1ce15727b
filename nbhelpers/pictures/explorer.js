// The page of an Explorer: native elements, and one question at a time to the kernel.
//
// The page owns the positions of its controls. It sends what has moved, waits for the picture, and then sends what
// has moved meanwhile; so nothing is ever pulled back against the hand, and the last move always arrives.

const FEW = 4;               // more words than these do not fit beside each other
const LONG = 30;             // letters, for which a column is too narrow
const BUSY = 700;            // ms without an answer until the page says so
const REST = 500;            // ms of rest until a screen reader hears the status
const HEARD = 350;           // letters of an answer that are read out, and no program
const FRAME = 50, FRAMES = 200;
const SIGNS = {
  learning: "↘", "goal reached": "✓", diverged: "↗", stuck: "→", dead: "×", stopped: "■", error: "!",
};

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Even steps, or steps of a part of a decade, rounded to two digits; both ends are as they were given. */
function scale({least, most, decades, apart = 1}) {
  const last = decades ? Math.ceil(Math.log10(most / least) / decades - 1e-9) : Math.round((most - least) / apart);
  const within = value => Math.min(most, Math.max(least, value));
  return {
    last, within,
    value: step => step <= 0 ? least : step >= last ? most
      : decades ? within(Number((least * 10 ** (step * decades)).toPrecision(2)))
      : apart === 1 ? least + step : Number((least + step * apart).toPrecision(12)),
    step: value => Math.min(last, Math.round(decades ? Math.log10(value / least) / decades : (value - least) / apart)),
  };
}

/** The number in `text`, which may have a decimal comma, or, in a whole one, commas or points between the thousands. */
function read(text, whole) {
  const plain = text.trim().replace(/\s/g, "");
  if (plain === "") return NaN;
  return Number(whole && /^-?[1-9]\d{0,2}([,.])\d{3}(\1\d{3})*$/.test(plain) ? plain.replace(/[,.]/g, "") : plain.replace(",", "."));
}

/** Call `act` when a line has been typed or pasted: at Enter, and when the box is left.
 *
 * Returns what writes into the box; `gently` it leaves alone what is half typed. */
function onLine(box, act) {
  let before = "";
  const done = () => {
    if (box.value === before) return;
    act();
    before = box.value;
  };
  box.addEventListener("change", done);
  box.addEventListener("keydown", event => { if (event.key === "Enter") done(); });
  return (text, gently) => {
    if (gently && box.value !== before && box.matches(":focus")) return;
    box.value = before = text;
  };
}

function numberControl(spec, id, move, say) {
  const {label, least, most, decades, apart} = spec, steps = scale(spec), whole = !decades && apart === undefined;
  const box = make("input", {
    id, type: "text", inputMode: "decimal", autocomplete: "off", title: `${label}: a number from ${least} to ${most}`,
  });
  const slider = make("input", {
    type: "range", min: 0, max: steps.last, step: 1, "aria-label": label,
    title: `${label}: drag, or press the arrow keys`,
  });
  let value;
  function put(wanted, gently = false) {
    value = wanted;
    slider.value = steps.step(value);
    write(String(value), gently);
    slider.setAttribute("aria-valuetext", `${label} ${value}`);
  }
  function step(position) {
    put(steps.value(Math.min(steps.last, Math.max(0, position))));
    move(spec.name, value);
  }
  slider.addEventListener("input", () => step(slider.valueAsNumber));
  box.addEventListener("keydown", event => {
    const by = {ArrowUp: 1, ArrowDown: -1}[event.key];
    if (!by) return;
    event.preventDefault();
    step(steps.step(value) + by);
  });
  const write = onLine(box, () => {
    const typed = read(box.value, whole), known = Number.isFinite(typed);
    if (!known) say(`${box.value.trim() || "nothing"} is not a number: ${label} stays ${value}`);
    const wanted = known ? steps.within(whole ? Math.round(typed) : typed) : value;
    if (known && wanted !== typed) {
      const fault = typed > most ? `too large: ${most} is the most` : typed < least ? `too small: ${least} is the least`
        : `not a whole number: ${wanted} is taken`;
      say(`${typed} is ${fault}`);
    }
    const moved = wanted !== value;
    put(wanted);
    if (moved) move(spec.name, value);
  });
  const element = make("div", {className: "nbx-number"}, make("label", {htmlFor: id, textContent: label}), box, slider);
  return {element, put: wanted => put(wanted, true), parse: Number};
}

function choiceControl(spec, id, move) {
  const {label, entries} = spec, parse = text => entries.indexOf(text);
  if (entries.length > FEW) {
    const list = make("select", {id, title: label}, ...entries.map((entry, i) => make("option", {value: i}, entry)));
    list.addEventListener("change", () => move(spec.name, Number(list.value)));
    const long = entries.some(entry => entry.length > LONG);
    const element = make("div", {className: long ? "nbx-select nbx-long" : "nbx-select"}, make("label", {htmlFor: id, textContent: label}), list);
    return {element, parse, put: index => { if (list.value !== String(index)) list.value = index; }};
  }
  const radios = entries.map((entry, i) => {
    const radio = make("input", {type: "radio", name: id, value: i, title: `${label}: ${entry}`});
    radio.addEventListener("change", () => move(spec.name, i));
    return radio;
  });
  const labels = radios.map((radio, i) => make("label", {}, radio, entries[i]));
  const wide = entries.join(label).length > LONG ? " nbx-wide" : "";
  const element = make("fieldset", {className: `nbx-choice${wide}`}, make("legend", {textContent: label}), ...labels);
  return {element, parse, put: index => { radios[index].checked = true; }};
}

function switchControl(spec, id, move) {
  const box = make("input", {type: "checkbox", title: `${spec.label}: on or off`});
  box.addEventListener("change", () => move(spec.name, box.checked));
  const element = make("label", {className: "nbx-switch"}, box, spec.label);
  return {element, parse: text => text === "true", put: on => { box.checked = on; }};
}

function textControl(spec, id, move) {
  const box = make("input", {id, type: "text", spellcheck: false, title: `${spec.label}: type, then press Enter`});
  const write = onLine(box, () => move(spec.name, box.value));
  const element = make("div", {className: "nbx-text"}, make("label", {htmlFor: id, textContent: spec.label}), box);
  return {element, parse: String, put: text => write(text, true)};
}

const KINDS = {number: numberControl, choice: choiceControl, switch: switchControl, text: textControl};

const command = (event, letters) => (event.ctrlKey || event.metaKey) && !event.altKey && letters.includes(event.key.toLowerCase());

/** Asks one question at a time, in the order in which they came up. What follows its own kind is put together with it. */
function questions(model, view, waits, lost) {
  const next = [];
  let asked = 0, answered = 0, sent = {}, timer;
  const open = () => answered < asked;
  function post() {
    clearTimeout(timer);
    try {
      model.send({...sent, view, id: asked});
      timer = setTimeout(() => waits(true), BUSY);
    } catch {
      lost();
    }
  }
  function send() {
    if (open() || next.length === 0) return;
    asked += 1;
    sent = next.shift();
    post();
  }
  return {
    open,
    /** Whether a question of this kind is open or is to be asked: the page knows better than the kernel. */
    ahead: kind => next.some(one => kind in one) || (open() && kind in sent),
    ask(question) {
      const [kind] = Object.keys(question), before = next.at(-1);
      if (!before || !(kind in before) || before.action !== question.action) next.push(question);
      else if (question.values) Object.assign(before.values, question.values);
      else Object.assign(before, question);
      send();
    },
    answer(id) {
      if (!(id > answered)) return;
      answered = id;
      clearTimeout(timer);
      waits(false);
      send();
    },
    /** Ask once more what a connection that broke may have lost; asked twice it does the same. */
    again: () => { if (open()) post(); },
    stop: () => clearTimeout(timer),
  };
}

const VIEW = "application/vnd.jupyter.widget-view+json", STATES = "application/vnd.jupyter.widget-state+json";

/** Have the sliders saved with the notebook, so that they show what they showed where it is opened again.
 *
 * JupyterLab saves which widget an output has, but not the widget, and then says "model not found" in its place. */
function saveWith(manager, {model: notebook, saveState}) {
  if (manager.nbxSaves) return;
  manager.nbxSaves = true;
  saveState.connect((_, now) => {
    if (now !== "started") return;
    const before = notebook.getMetadata("widgets"), states = {...before?.[STATES]?.state};
    const {state: live, ...version} = manager.get_state_sync({drop_defaults: true});
    for (const [id, one] of Object.entries(live)) {
      // The layout is a widget of its own, and nobody has changed it.
      if ("board" in one.state) states[id] = {...one, state: {...one.state, layout: null, saved: true}};
    }
    // What was saved before stays while it stands in an output.
    const cells = JSON.stringify(notebook.toJSON().cells);
    for (const [id, {state}] of Object.entries(states)) if (state.saved && !cells.includes(id)) delete states[id];
    notebook.setMetadata("widgets", {...before, [STATES]: {...version, state: states}});
  });
}

/** Leave the still picture in the outputs whose sliders are gone, such as those of a copy of the cell. */
function leaveStills(manager, {model: notebook}) {
  for (const {outputs} of notebook.cells) {
    for (let i = 0; i < (outputs?.length ?? 0); i += 1) {
      const output = outputs.get(i).toJSON(), {[VIEW]: view, ...data} = output.data ?? {};
      if (view && data["text/html"] && !manager.has_model(view.model_id)) outputs.set(i, {...output, data});
    }
  }
}

function initialize({model}) {
  const manager = model.widget_manager, context = manager?.context;
  if (!context?.saveState) return;
  saveWith(manager, context);
  model.on("comm:close", () => queueMicrotask(() => leaveStills(manager, context)));
}

function render({model, el}) {
  const view = `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`, board = model.get("board");
  const {controls, groups, actions, lines} = board;
  let message = "", waiting = false, ended = false, playing = 0, made = 0, entered, rest, elsewhere, underWay;

  const chip = make("span", {className: "nbx-chip"}), loss = make("span", {className: "nbx-loss"});
  const after = make("span", {className: "nbx-rest"}), advice = make("div", {className: "nbx-advice"});
  const spoken = make("div", {className: "nbx-spoken", role: "status", "aria-live": "polite"});
  const picture = make("div", {className: "nbx-picture"}), note = make("pre", {className: "nbx-note", tabIndex: 0});
  note.setAttribute("aria-label", "answer");
  // The notebook would select all its cells, and no letter of the answer.
  note.addEventListener("keydown", event => {
    if (!command(event, "a")) return;
    event.preventDefault();
    event.stopPropagation();
    getSelection().selectAllChildren(note);
  });

  const shown = () => model.get("shown"), times = () => model.get("times");
  const gone = () => end("no kernel answers any more: run this cell again");
  const talk = questions(model, view, late => { waiting = late; tell(); }, gone);

  function say(words) {
    message = words;
    tell();
  }

  function tell() {
    const now = shown();
    chip.textContent = `${SIGNS[now.word] || ""} ${now.word}`;
    chip.dataset.word = now.word;
    const [, name, number] = now.loss.match(/^(.*?) ?(\S*)$/);
    loss.replaceChildren(...now.loss ? [make("small", {}, name), ` ${number}`] : []);
    after.textContent = now.rest;
    // An exported page shows the sliders too, and nothing tells it from one whose kernel is busy.
    const wait = "the kernel is busy, or there is none; the sliders follow when it is free";
    advice.textContent = message || (waiting ? wait : now.advice);
    clearTimeout(rest);
    if (playing) return;
    const answer = now.note.length > HEARD ? "the answer stands below the picture" : now.note;
    const besides = [advice.textContent, answer].filter(Boolean).join(". ");
    const sentence = [`${now.word}: ${now.loss} ${now.rest}`, besides].filter(Boolean).join(". ");
    // A training that is under way is heard once, however often its picture is drawn, and then its end.
    const still = now.rest.endsWith(" so far") ? besides : null;
    rest = setTimeout(() => {
      if (spoken.textContent === sentence || (still !== null && still === underWay)) return;
      [spoken.textContent, underWay] = [sentence, still];
    }, REST);
  }

  // What is to be set.

  function move(name, value) {
    message = "";
    pause();
    talk.ask({values: {[name]: value}});
  }
  const parts = Object.fromEntries(controls.map(spec => {
    const say_once = words => queueMicrotask(() => say(words));
    return [spec.name, KINDS[spec.kind](spec, `nbx-${view}-${made += 1}`, move, say_once)];
  }));
  const grouped = new Set(groups.flatMap(([, names]) => names));
  const top = make("div", {className: "nbx-controls"}, ...controls.filter(({name}) => !grouped.has(name))
    .map(({name}) => parts[name].element));
  // One group is open at a time, so that the picture stays in sight.
  const boxes = groups.map(([heading, names]) => make("div",
    {className: "nbx-controls", role: "group", "aria-label": heading}, ...names.map(name => parts[name].element)));
  const tabs = groups.map(([heading], place) => {
    const tab = make("button", {type: "button", className: "nbx-tab", textContent: heading, title: `set the ${heading}`});
    tab.addEventListener("click", () => unfold(boxes[place].hidden ? place : -1));
    return tab;
  });
  function unfold(place) {
    boxes.forEach((box, i) => {
      box.hidden = i !== place;
      tabs[i].setAttribute("aria-expanded", i === place);
    });
  }
  unfold(0);
  const headings = make("div", {className: "nbx-tabs", hidden: !tabs.length}, ...tabs);

  // Through the training and back.

  const apart = () => Math.ceil(times().epochs.length / FRAMES), last = () => times().epochs.length - 1;
  const time = record => `${times().unit} ${String(times().epochs[record]).replace(/\B(?=(\d{3})+$)/g, "\u202f")}`;
  const button = (words, title, act) => {
    const element = make("button", {type: "button", title, textContent: words});
    element.addEventListener("click", act);
    return element;
  };
  const scrubber = make("input", {type: "range", min: 0, step: 1, className: "nbx-scrubber"});
  const clock = make("span", {className: "nbx-clock"});
  function place(record) {
    scrubber.max = last();
    scrubber.value = record;
    clock.textContent = time(scrubber.valueAsNumber);
    scrubber.setAttribute("aria-label", times().unit);
    scrubber.setAttribute("aria-valuetext", clock.textContent);
    scrubber.title = `drag back through the training, ${times().unit} by ${times().unit}`;
  }
  function go(record) {
    place(Math.min(last(), Math.max(0, record)));
    talk.ask({record: scrubber.valueAsNumber});
  }
  function pause() {
    clearTimeout(playing);
    playing = 0;
    play.textContent = "Play";
  }
  function tick() {
    if (!talk.open()) {
      go(scrubber.valueAsNumber + apart());
      if (scrubber.valueAsNumber >= last()) return pause();
    }
    playing = setTimeout(tick, FRAME);
  }
  const play = button("Play", "play the training from here, or from its start", () => {
    message = "";
    if (playing) {
      pause();
      tell();
      return;
    }
    if (scrubber.valueAsNumber >= last()) go(0);
    play.textContent = "Pause";
    playing = setTimeout(tick, FRAME);
  });
  const back = button("‹", "one step back", () => { pause(); go(scrubber.valueAsNumber - 1); });
  const forth = button("›", "one step forward", () => { pause(); go(scrubber.valueAsNumber + 1); });
  back.setAttribute("aria-label", "one step back");
  forth.setAttribute("aria-label", "one step forward");
  scrubber.addEventListener("input", () => { pause(); go(scrubber.valueAsNumber); });
  const reset = button("Reset", "all settings as the lesson has them", () => {
    message = "";
    pause();
    for (const {name, start} of controls) parts[name].put(start);
    talk.ask({values: Object.fromEntries(controls.map(({name, start}) => [name, start]))});
  });
  const keep = button("Keep this run", "keep this run in the picture to compare others with; press again to let it go",
    () => talk.ask({keep: keep.getAttribute("aria-pressed") !== "true"}));
  const player = make("div", {className: "nbx-player"}, play, back, forth, scrubber, clock, reset, keep);

  // Buttons and lines that the explorer was given.

  const asking = actions.map(name => button(name, name, () => { pause(); talk.ask({action: name}); }));
  const typing = lines.map(name => {
    const control = textControl({name, label: name}, `nbx-${view}-${made += 1}`, (_, line) => talk.ask({action: name, line}));
    return control.element;
  });
  const extras = make("div", {className: "nbx-extras", hidden: !asking.length && !typing.length}, ...asking, ...typing);

  // What stands for a setting in the picture sets it.

  function pick(event) {
    const mark = event.target.closest("[data-set]");
    if (!mark || ended) return;
    const [, name, text] = mark.dataset.set.match(/^([^=]*)=(.*)$/) || [];
    if (!(name in parts)) return;
    event.preventDefault();
    const value = parts[name].parse(text);
    parts[name].put(value);
    move(name, value);
  }
  picture.addEventListener("click", pick);
  // While it plays, the mark that is pressed is drawn anew before it is let go, and neither of the two is clicked.
  let pressed;
  picture.addEventListener("pointerdown", event => { pressed = event.target.closest("[data-set]"); });
  picture.addEventListener("pointerup", event => {
    const mark = event.target.closest("[data-set]");
    if (!event.button && pressed?.isConnected === false && mark?.dataset.set === pressed.dataset.set) pick(event);
  });
  picture.addEventListener("keydown", event => {
    if (event.key === "Enter" || event.key === " ") pick(event);
    const by = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key], mark = event.target;
    if (!by || !mark.matches("[role=button]")) return;
    event.preventDefault();
    const buttons = [...picture.querySelectorAll("[role=button]")], next = buttons[buttons.indexOf(mark) + by];
    if (!next) return;
    mark.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  });

  function draw() {
    // Another view of the same sliders has the same marks, and may have the focus.
    const focused = picture.contains(document.activeElement) ? document.activeElement : null;
    const marked = focused?.closest("[data-set]")?.dataset.set;
    entered = marked ?? entered;
    picture.innerHTML = shown().picture;
    // A mark and the halo behind it set the same: they are one button, the one in front.
    const marks = new Map([...picture.querySelectorAll("[data-set]")].map(mark => [mark.dataset.set, mark]));
    if (marks.size === 0) return;
    // An image has no parts that a keyboard could reach.
    for (const image of picture.querySelectorAll("[role=img]")) image.setAttribute("role", "group");
    // One of them is on the way of the Tab key, and the arrow keys lead to the others: there may be hundreds.
    const first = marks.has(entered) ? entered : marks.keys().next().value;
    for (const [sets, mark] of marks) {
      mark.setAttribute("tabindex", sets === first ? "0" : "-1");
      mark.setAttribute("role", "button");
      if (!mark.hasAttribute("aria-label")) mark.setAttribute("aria-label", sets.replace("=", " "));
      if (sets === marked) mark.focus({preventScroll: true});
    }
  }

  /** Put all controls where the kernel has them: any move, also one before the last, may have set others with it. */
  function follow() {
    if (talk.ahead("values") && !ended) return;
    for (const [name, value] of Object.entries(model.get("values"))) parts[name].put(value);
  }

  function update() {
    const now = shown();
    talk.answer(now.answers[view]);
    // What is pressed in another view of the same sliders ends the film here.
    const others = JSON.stringify({...now.answers, [view]: 0});
    if (others !== (elsewhere ??= others)) pause();
    elsewhere = others;
    follow();
    if (!talk.ahead("record") && !playing) place(now.record);
    keep.setAttribute("aria-pressed", now.kept);
    note.textContent = now.note;
    note.hidden = !now.note;
    draw();
    tell();
  }

  function end(words) {
    pause();
    talk.stop();
    message = words;
    ended = true;
    // What was asked last is never answered: all stands where the picture has it.
    follow();
    place(shown().record);
    root.classList.add("nbx-dead");
    // A key must not move what nothing follows.
    for (const control of root.querySelectorAll("input, select, button")) control.disabled = true;
    tell();
  }
  const restarted = () => end("the kernel was restarted: run this cell again");
  // What was asked of a kernel that is gone would be waited for without end.
  const session = model.widget_manager?.context?.sessionContext;
  const replaced = (_, {oldValue, newValue}) => {
    if (oldValue && newValue?.id !== oldValue.id && !model.get("saved")) gone();
  };
  const reconnected = (_, status) => { if (status === "connected" && !ended) talk.again(); };
  // Of a restart in another window a widget hears nothing, but what a kernel says is signed, in each of its lives anew.
  let life;
  const heard = (_, {header, content}) => {
    if (!["starting", "busy", "idle"].includes(content.execution_state) || !header.session) return;
    life ??= header.session;
    if (life !== header.session && !ended) restarted();
  };

  const bar = make("div", {className: "nbx-bar"},
    make("div", {className: "nbx-status"}, make("div", {className: "nbx-line"}, chip, loss, after), advice), player);
  const root = make("div", {className: tabs.length ? "nbx nbx-many" : "nbx"}, top, headings, ...boxes, bar, picture, extras, note, spoken);
  // The arrow keys and Enter are ours here, and no shortcuts of the notebook.
  const ours = event => !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape";
  root.addEventListener("keydown", event => { if (ours(event)) event.stopPropagation(); });
  // Jupyter Notebook 7 looks for its shortcuts before a key comes here, but not where an element has this attribute.
  const shield = event => {
    const way = event.composedPath();
    const mine = ours(event) || (way[0] === note && command(event, "a"));
    if (way.includes(root)) way[0].toggleAttribute("data-lm-suppress-shortcuts", mine);
    // It would undo what was written in the cell, and nothing here.
    if (way.includes(root) && command(event, "zy")) event.preventDefault();
  };
  addEventListener("keydown", shield, true);
  update();
  el.append(root);
  if (model.get("saved")) end("as it was saved: run this cell, and the sliders come alive");
  // Settings that make no difference leave what is shown as it was.
  model.on("change:values", follow);
  model.on("change:shown", update);
  model.on("comm_live_update", restarted);
  const signals = {kernelChanged: replaced, iopubMessage: heard, connectionStatusChanged: reconnected};
  for (const [name, act] of Object.entries(signals)) session?.[name]?.connect(act);
  return () => {
    pause();
    talk.stop();
    clearTimeout(rest);
    removeEventListener("keydown", shield, true);
    model.off("change:values", follow);
    model.off("change:shown", update);
    model.off("comm_live_update", restarted);
    for (const [name, act] of Object.entries(signals)) session?.[name]?.disconnect(act);
  };
}

export default {initialize, render};
