/* Every disk and partition, with what was found there, or why nothing was. */
#include "language.h"
#include "page.h"

static const char *const states[] = {
	[PROBE_WAITING] = "not read yet",
	[PROBE_RUNNING] = "being read",
	[PROBE_DONE] = "nothing to boot",
	[PROBE_FAILED] = "could not be read",
};

static void add_config(struct pager *pager, const struct config *config)
{
	pager_add(pager, STYLE_PLAIN, NULL, "%s (%s): %zu %s", config->file, config->format,
		  config->entries.n, config->entries.n == 1 ? _("entry") : _("entries"));
	for (size_t i = 0; i < config->problems.n; i++) {
		const struct problem *problem = &config->problems.at[i];

		pager_add(pager, STYLE_ALERT, NULL, "%s:%u: %s", problem->file, problem->line,
			  language_sentence(pager->arena, problem->text));
	}
	for (size_t i = 0; i < config->wanted.n; i++)
		pager_add(pager, STYLE_PLAIN, NULL, "waits for a disk called %s",
			  config->wanted.at[i].value);
}

void disks_fill(struct menu *menu)
{
	struct pager *pager = &menu->pager;

	for (const struct view_device *d = menu->view.devices; d; d = d->next) {
		if (pager->lines.n)
			pager_add(pager, STYLE_PLAIN, NULL, "%s", "");
		pager_add(pager, STYLE_HEADING, NULL, "%s",
			  describe_device(menu->arena, &d->identity));
		if (d->identity.uuid)
			pager_add(pager, STYLE_PLAIN, NULL, "UUID %s", d->identity.uuid);
		for (size_t i = 0; i < d->configs.n; i++)
			add_config(pager, d->configs.at[i]);
		if (d->configs.n == 0 || d->state != PROBE_DONE)
			pager_add(pager, d->state == PROBE_FAILED ? STYLE_ALERT : STYLE_PLAIN, NULL,
				  "%s", d->note ? language_sentence(menu->arena, d->note)
						: _(states[d->state]));
	}
	if (pager->lines.n == 0)
		pager_add(pager, STYLE_PLAIN, NULL, "The kernel has found no disk so far.");
}

void disks_open(struct menu *menu)
{
	menu_open(menu, PAGE_DISKS);
	disks_fill(menu);
}
