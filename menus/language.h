/* The language of what a person reads: catalogues in menus/messages, one file for each. */
#ifndef MENUS_LANGUAGE_H
#define MENUS_LANGUAGE_H

#include <stdbool.h>

#include "base/arena.h"

/*
 * language_choose - speak a language from now on
 *
 * @name: "de", also as a locale calls it ("de_DE.UTF-8"); NULL, or one that has no catalogue: English.
 * @unicode: the terminal decodes UTF-8; else the language is written in ASCII ("ae" for "ä"), or English
 * if it can't be. If @terminal is one of the kernel's own, English it is, too, unless its font has all
 * the letters. As a locale, the language is the whole process's. True: something has changed.
 */
bool language_choose(const char *name, bool unicode, int terminal);

/* language_of - what a sentence or word of the menu is in that language; else itself */
const char *language_of(const char *english) __attribute__((format_arg(1)));

#define _(english) language_of(english)

/*
 * language_sentence - the same for a sentence that PID 1, a reader or the loader has put together
 *
 * In a catalogue it has %s where its parts are, each of which is a sentence, too, unless it is
 * quoted: that is a name. Of "FILE: what is wrong" and "WHAT (WHY)" it needs to have only the parts.
 * What is not in the catalogue stays as it is.
 */
const char *language_sentence(struct arena *arena, const char *english);

#endif
