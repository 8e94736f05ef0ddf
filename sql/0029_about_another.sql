-- Whose factors shall be taken away does not decide on it either.  Not of rows from before.  docs/access.md.
ALTER TABLE elevations ADD CONSTRAINT elevation_about_third CHECK (decider <> 'user:' || about) NOT VALID;
