$(call lib,bj_calendar,dataplane/calendar/bj_calendar.c dataplane/calendar/bj_calendar_load.c \
    dataplane/calendar/bj_band.c,jansson)
$(call test,test_bj_calendar,dataplane/calendar/test_bj_calendar.c,bj_calendar bj_base,)
$(call test,test_bj_calendar_load,dataplane/calendar/test_bj_calendar_load.c,bj_calendar bj_base,)
$(call test,test_bj_band,dataplane/calendar/test_bj_band.c,bj_calendar bj_base,)
$(call fuzz,fuzz_bj_calendar,dataplane/calendar/fuzz_bj_calendar.c,bj_calendar bj_base,)
