/* The command line: what would the firmware do with this disk? */
#ifndef CLI_CLI_H
#define CLI_CLI_H

/*
 * cli_main - run a verb (list, show, check, …) as an administrator's command
 *
 * Returns the exit status: 0, 1 where the answer is no, 2 where the question was wrong.
 */
int cli_main(int argc, char **argv);

#endif
